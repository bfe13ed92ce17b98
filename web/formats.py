"""Dates, times, numbers and telephone numbers, by the reader's language and time zone."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from babel.dates import format_date, format_skeleton, format_time, format_timedelta
from babel.numbers import format_decimal

from crm.clients import numbers

_WEEK = timedelta(days=7)
_SKEW = timedelta(minutes=1)  # of the PBX\'s clock and ours
# "14:05" in all our languages: a telephone's day is read in 24 hours, and columns stay narrow.
_CLOCK = "HH:mm"
_CLOCK_SECONDS = "HH:mm:ss"


def locale_of(language: str, country: str) -> str:
    """English outside the United States writes the day before the month."""
    if language == "en":
        return "en_US" if country == "US" else "en_GB"
    return language


@dataclass(frozen=True, slots=True)
class Formats:
    """How one reader is shown things. `country` is the company's: its numbers lose the prefix."""

    locale: str
    zone: ZoneInfo
    country: str
    now: datetime

    def local(self, moment: datetime) -> datetime:
        return moment.astimezone(self.zone)

    def clock(self, moment: datetime, seconds: bool = False) -> str:
        pattern = _CLOCK_SECONDS if seconds else _CLOCK
        return format_time(self.local(moment), pattern, locale=self.locale)

    def exact(self, moment: datetime) -> str:
        """Date and time to the second, with the zone: what a hover tells."""
        local = self.local(moment)
        day = format_skeleton("yMMMd", local, locale=self.locale)
        return f"{day} {self.clock(moment, seconds=True)} {local.tzname()}"

    def day(self, moment: datetime) -> str:
        """A day's heading, with its weekday."""
        local = self.local(moment).date()
        if local.year == self.today.year:
            named = format_skeleton("MMMMd", local, locale=self.locale)
        else:
            named = format_date(local, "long", locale=self.locale)
        weekday = format_date(local, "EEEE", locale=self.locale)
        return f"{weekday[:1].upper()}{weekday[1:]} {named}"

    def short_date(self, moment: datetime) -> str:
        local = self.local(moment).date()
        skeleton = "MMMd" if local.year == self.today.year else "yMMMd"
        return format_skeleton(skeleton, local, locale=self.locale)

    def short(self, moment: datetime) -> str:
        """The time if it was today, else date and time."""
        if self.days_ago(moment) == 0:
            return self.clock(moment)
        return f"{self.short_date(moment)} {self.clock(moment)}"

    def relative(self, moment: datetime) -> str:
        """ "5 min. ago"; after a week the date."""
        past = self.now - moment
        if past > _WEEK or past < -_SKEW:
            return self.short_date(moment)
        return format_timedelta(
            timedelta(seconds=-max(1.0, past.total_seconds())),
            add_direction=True,
            format="short",
            threshold=1,
            locale=self.locale,
        )

    @property
    def tag(self) -> str:
        """BCP 47, for `lang` and for scripts that format."""
        return self.locale.replace("_", "-")

    @property
    def today(self) -> date:
        return self.local(self.now).date()

    def days_ago(self, moment: datetime) -> int:
        """Calendar days in the reader's zone."""
        return (self.today - self.local(moment).date()).days

    def number(self, value: float) -> str:
        return format_decimal(value, locale=self.locale)

    @staticmethod
    def duration(seconds: float | None) -> str:
        """75 -> "1:15", 3675 -> "1:01:15"."""
        minutes, rest = divmod(max(0, int(seconds or 0)), 60)
        hours, minutes = divmod(minutes, 60)
        return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"

    def phone(self, number: str) -> str:
        """National form within the company's country, else international; an extension as it is."""
        return numbers.national(number, self.country)

    @staticmethod
    def phone_international(number: str) -> str:
        return numbers.international(number)
