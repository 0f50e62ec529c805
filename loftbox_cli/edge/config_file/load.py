"""From file, environment and flags to one set of settings.

A flag beats the environment, the environment beats the file, the file beats the
default. Nothing is guessed: an unknown key, a wrong type or a LOFTBOX_ variable
that names no setting stops the start, with file and line. A gateway that fell back
to defaults after a typing error would be open where its operator closed it.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from loftbox_cli.core.errors import BadConfiguration
from loftbox_cli.core.smarthost import without_password
from loftbox_cli.edge.config_file.kinds import BAD_VALUE
from loftbox_cli.edge.config_file.places import Places
from loftbox_cli.edge.config_file.rules import broken_rules
from loftbox_cli.edge.config_file.settings import KINDS, SECTIONS, VARIABLES, Settings
from loftbox_cli.edge.config_file.toml_file import read_toml

FILE_VARIABLE = "LOFTBOX_CONFIG"
# Variables that other rooms read; none of them is a setting.
OTHER_VARIABLES = frozenset({FILE_VARIABLE, "LOFTBOX_MASTER_KEY_FILE"})
DEFAULT = "default"
EVERY_SETTING = "every setting stands in the loftbox.toml that comes with LoftBox, and in loftbox.toml(5)"
_PREFIX = "LOFTBOX_"


@dataclass(frozen=True, slots=True)
class Flag:
    """An option of a command that gives a setting, as it was typed."""

    option: str
    key: str
    words: str


@dataclass(frozen=True, slots=True)
class Loaded:
    """The settings, where each came from, the file that was read, and the store's folder."""

    settings: Settings
    sources: Mapping[str, str]
    file: Path | None
    store: Path


def settings_file(
    *, environ: Mapping[str, str], places: Places, config: Path | None = None
) -> tuple[Path, bool]:
    """Choose the file, and say whether somebody named it: then it must be there."""
    if config is not None:
        return config, True
    if named := environ.get(FILE_VARIABLE):
        return Path(named), True
    return places.settings, False


def load_settings(
    *,
    environ: Mapping[str, str],
    places: Places,
    config: Path | None = None,
    flags: Iterable[Flag] = (),
) -> Loaded:
    """Read everything; raises BadConfiguration for the first thing that is wrong."""
    path, named = settings_file(environ=environ, places=places, config=config)
    file = path if named or path.exists() else None
    values: dict[str, Any] = {}
    sources: dict[str, str] = dict.fromkeys(KINDS, DEFAULT)
    for key, value, source in _given(file, environ, flags):
        values[key] = value
        sources[key] = source
    settings = _build(values)
    for broken in broken_rules(settings):
        raise BadConfiguration(
            f"{_at(sources[broken.key])}{broken.key} {broken.fact}", fix=broken.fix, field=broken.key
        )
    store = settings.store.path or places.store
    return Loaded(replace(settings, store=replace(settings.store, path=store)), sources, file, store)


def _given(
    file: Path | None, environ: Mapping[str, str], flags: Iterable[Flag]
) -> Iterator[tuple[str, Any, str]]:
    for found in read_toml(file) if file else ():
        if found.key not in KINDS:
            raise _unknown_key(found.key, found.place)
        yield found.key, _read(found.key, found.value, found.place), found.place
    for name in sorted(environ):
        if name.startswith(_PREFIX) and name not in OTHER_VARIABLES:
            if name not in VARIABLES:
                raise _unknown_variable(name)
            yield VARIABLES[name], _read_words(VARIABLES[name], environ[name], name), name
    for flag in flags:
        yield flag.key, _read_words(flag.key, flag.words, flag.option), flag.option


def _read(key: str, value: Any, source: str) -> Any:
    try:
        return KINDS[key].read(value)
    except BAD_VALUE:
        raise _bad_value(key, value, source) from None


def _read_words(key: str, text: str, source: str) -> Any:
    try:
        value = KINDS[key].words(text)
    except BAD_VALUE:
        raise _bad_value(key, text, source) from None
    return _read(key, value, source)


def _bad_value(key: str, value: Any, source: str) -> BadConfiguration:
    return BadConfiguration(
        f"{_at(source)}{key} must be {KINDS[key].what}, not {_shown(value)}",
        fix=_mend(source),
        field=key,
    )


def _shown(value: Any) -> str:
    if isinstance(value, list):
        return f"[{', '.join(map(_shown, value))}]"[:80]
    return repr(without_password(value) if isinstance(value, str) else value)[:80]


def _mend(source: str) -> str:
    """The next step for a value that stands at `source`; no command lists settings that cannot be read."""
    if source.startswith("-"):
        return f"give {source} such a value"
    if source in VARIABLES:
        return f"set {source} to such a value, or unset it"
    return "mend that line, then: loftbox config check"


def _unknown_key(key: str, place: str) -> BadConfiguration:
    if key in SECTIONS:
        return BadConfiguration(f"{place}: {key} must be a table", fix=f"write [{key}] on a line of its own")
    last = key.rpartition(".")[2]
    near = [known for known in KINDS if known.endswith(f".{last}")] or get_close_matches(key, KINDS, n=1)
    return BadConfiguration(f"{place}: {key} is not a setting", fix=_meant(near))


def _unknown_variable(name: str) -> BadConfiguration:
    # Without the prefix, which alone would make any two of them alike.
    known = [other.removeprefix(_PREFIX) for other in (*VARIABLES, *OTHER_VARIABLES)]
    near = [_PREFIX + other for other in get_close_matches(name.removeprefix(_PREFIX), known, n=1)]
    return BadConfiguration(f"the environment variable {name} names no setting", fix=_meant(near))


def _meant(near: list[str]) -> str:
    if near:
        return f"did you mean {' or '.join(near)}?"
    return f"remove it; {EVERY_SETTING}"


def _at(source: str) -> str:
    return "" if source == DEFAULT else f"{source}: "


def _build(values: Mapping[str, Any]) -> Settings:
    return Settings(
        **{
            section: form(
                **{
                    key.partition(".")[2]: value
                    for key, value in values.items()
                    if key.partition(".")[0] == section
                }
            )
            for section, form in SECTIONS.items()
        }
    )
