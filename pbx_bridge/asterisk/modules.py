"""The modules that the bundled PBX loads: these and no others (`autoload=no`).

None of them can start a program, run code that comes by the manager interface, or listen on a port
of its own: no app_system, func_shell, app_externalivr, res_agi, pbx_spool, res_ari. The PBX's HTTP
server, on loopback, has but one page: the websocket of SIP for browsers.
"""

from typing import Final

# Sorcery and its stores come first: PJSIP reads its objects through them.
_FIRST: Final = (
    "res_sorcery_config",
    "res_sorcery_memory",
    "res_sorcery_astdb",
    "res_pjproject",
)
REQUIRED: Final = (
    *_FIRST,
    "res_timing_timerfd",
    "res_curl",
    "res_musiconhold",
    "res_mutestream",
    "res_rtp_asterisk",
    "res_pjsip",
    "res_pjsip_pubsub",  # chan_pjsip and res_pjsip_refer need it
    "res_pjsip_outbound_publish",  # res_pjsip_exten_state needs it
    "res_pjsip_exten_state",
    "res_pjsip_dialog_info_body_generator",  # what lamps of most makes ask for
    "res_pjsip_pidf_body_generator",  # and of others
    "res_pjsip_session",
    "res_pjsip_sdp_rtp",
    "res_pjsip_authenticator_digest",
    "res_pjsip_outbound_authenticator_digest",
    "res_pjsip_outbound_registration",
    "res_pjsip_endpoint_identifier_ip",
    "res_pjsip_endpoint_identifier_user",
    "res_pjsip_registrar",
    "res_pjsip_caller_id",
    "res_pjsip_dtmf_info",
    "res_pjsip_header_funcs",
    "res_pjsip_nat",
    "res_pjsip_refer",
    "res_pjsip_rfc3326",
    "res_pjsip_acl",
    "res_pjsip_dlg_options",
    "res_http_websocket",
    "res_pjsip_transport_websocket",
    "res_srtp",
    "chan_pjsip",
    "bridge_builtin_features",
    "bridge_builtin_interval_features",
    "bridge_holding",
    "bridge_native_rtp",
    "bridge_simple",
    "bridge_softmix",
    "codec_alaw",
    "codec_ulaw",
    "codec_a_mu",
    "codec_g722",
    "codec_resample",
    "format_pcm",
    "format_sln",
    "format_wav",
    "format_gsm",
    "pbx_config",
    "app_bridgeaddchan",
    "app_celgenuserevent",
    "app_chanspy",
    "app_confbridge",
    "app_dial",
    "app_directed_pickup",
    "app_echo",
    "app_mixmonitor",
    "app_playback",
    "app_read",
    "app_senddtmf",
    "app_stack",
    "app_userevent",
    "func_callerid",
    "func_channel",
    "func_curl",
    "func_cut",
    "func_devstate",
    "func_dialplan",
    "func_global",
    "func_groupcount",
    "func_lock",
    "func_logic",
    "func_pjsip_endpoint",
    "func_strings",
    "func_timeout",
    "func_uri",
    "cel_custom",
)
# Loaded where the build has them.
WANTED: Final = (
    "res_pjsip_empty_info",
    "res_pjsip_path",
    "res_security_log",
    "codec_gsm",
    "codec_opus_open_source",
    "codec_opus",
    "res_format_attr_opus",
    "res_cdrel_custom",  # cel_custom's own half since 20.19 / 22.9
    "func_module",  # tells the doctor what is loaded
)
OPUS: Final = frozenset({"codec_opus_open_source", "codec_opus"})
JSON_CEL: Final = "res_cdrel_custom"


def to_load(available: frozenset[str]) -> tuple[str, ...]:
    """Modules in loading order. cel_custom comes last, after what it needs."""
    ordered = dict.fromkeys((*REQUIRED[:-1], *WANTED, REQUIRED[-1]))
    return tuple(name for name in ordered if name in available)


def missing_from(available: frozenset[str]) -> tuple[str, ...]:
    return tuple(name for name in REQUIRED if name not in available)
