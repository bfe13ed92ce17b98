// What the browser says of its sound, as the PBX has to hear it.

/**
 * While ICE has not found the way, Firefox and Safari write "no address" where it once stood (RFC 8839,
 * 4.2.1.2). To the PBX that means hold (RFC 3264, 8.4). Any other will do: the candidates count.
 */
export function withAddress(sdp: string): string {
  return sdp.replace(/^c=IN IP4 0\.0\.0\.0/gm, "c=IN IP4 127.0.0.1").replace(/^c=IN IP6 ::(?=\s)/gm, "c=IN IP6 ::1");
}
