"""From file, environment and flags to one set of settings.

A flag beats the environment, the environment beats the file, the file beats the
default. Nothing is guessed: an unknown key, a wrong type or a LOFTBOX_ variable
that names no setting stops the start, with file and line. A gateway that fell back
to defaults after a typing error would be open where its operator closed it.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from loftbox_cli.core.errors import BadConfiguration
from loftbox_cli.edge.config_file.kinds import BAD_VALUE
from loftbox_cli.edge.config_file.places import Places
from loftbox_cli.edge.config_file.rules import broken_rules
from loftbox_cli.edge.config_file.settings import KINDS, SECTIONS, VARIABLES, Settings
from loftbox_cli.edge.config_file.toml_file import read_toml

FILE_VARIABLE = "LOFTBOX_CONFIG"
# Variables that other rooms read; none of them is a setting.
OTHER_VARIABLES = frozenset({FILE_VARIABLE, "LOFTBOX_MASTER_KEY_FILE"})
DEFAULT = "default"
_PREFIX = "LOFTBOX_"


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
    flags: Mapping[str, str] | None = None,
) -> Loaded:
    """Read everything; raises BadConfiguration for the first thing that is wrong.

    `flags` are words by dotted key, as a command took them from its options.
    """
    path, named = settings_file(environ=environ, places=places, config=config)
    file = path if named or path.exists() else None
    values: dict[str, Any] = {}
    sources: dict[str, str] = dict.fromkeys(KINDS, DEFAULT)
    for key, value, source in _given(file, environ, flags or {}):
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
    file: Path | None, environ: Mapping[str, str], flags: Mapping[str, str]
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
    for key, text in flags.items():
        flag = "--" + key.replace(".", "-").replace("_", "-")
        yield key, _read_words(key, text, flag), flag


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
    shown = repr(value)
    return BadConfiguration(
        f"{_at(source)}{key} must be {KINDS[key].what}, not {shown[:80]}",
        fix="loftbox config show lists every setting with its value",
        field=key,
    )


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
    return "remove it; loftbox config show lists every setting"


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
