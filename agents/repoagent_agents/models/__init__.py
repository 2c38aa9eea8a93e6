"""Models, wherever they are served: `load_model` by name, `discover` what answers on this machine.

A new backend is one file here and one branch in `load_model`; only the chosen backend's packages are imported.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import replace

from repoagent_agents.models.base import (
    Completion,
    Found,
    Message,
    Model,
    Reply,
    Sampling,
    Usage,
    complete,
    count_dialog,
)
from repoagent_agents.models.discover import Survey, discover, survey
from repoagent_agents.models.family import choose
from repoagent_indexers.errors import ModelError, UsageError

__all__ = [
    "Completion",
    "Found",
    "Message",
    "Model",
    "Reply",
    "Sampling",
    "Survey",
    "Usage",
    "choose",
    "complete",
    "count_dialog",
    "discover",
    "load_found",
    "load_model",
    "survey",
]


def load_model(
    name: str | None,
    *,
    url: str | None = None,
    api_key: str | None = None,
    window: int | None = None,
    environ: Mapping[str, str] = os.environ,
) -> Model:
    """Return the model called `name`, ready to be asked.

        None or ""               the best that answers on this machine, or the first at `url`
        NAME                     looked up among what answers on this machine, or at `url`
        http://host:port/v1#NAME that server's model; without #NAME its best
        ollama:NAME              at `url`, OLLAMA_HOST or Ollama's usual place
        openai:NAME              at `url` or OPENAI_BASE_URL
        local:FOLDER_OR_HUB_NAME transformers in this process; #8-bit or #4-bit behind it loads it quantized
        langchain:MODULE:FACTORY whatever LangChain chat model that function returns

    A model that does not run on this machine is sent no secrets, see `discreet`. `window` overrides what the server
    says. Keys come from `api_key`, REPOAGENT_API_KEY or, for `openai:` alone, OPENAI_API_KEY; for a URL also from the
    system's keyring. Raises ModelError when it is not there, UsageError when the name has none of these forms.
    """
    from repoagent_agents.models.discreet import discreet

    return discreet(_loaded(name or "", url, api_key, window, environ))


def _loaded(name: str, url: str | None, api_key: str | None, window: int | None, environ: Mapping[str, str]) -> Model:
    kind, _, rest = name.partition(":")
    if kind == "local":
        try:
            from repoagent_agents.models.transformers_local import load_local
        except ImportError as error:
            what = error.name or "a package"
            mend = "pip install 'repoagent[local]'"
            raise ModelError(
                f"a model in this process needs torch and transformers, {what} is missing; {mend}"
            ) from None

        return load_local(rest, window=window)
    if kind == "langchain":
        from repoagent_agents.models.langchain_chat import load_langchain

        return load_langchain(rest, window=window, environ=environ)
    from repoagent_agents.models import connect

    terms = connect.terms_from(environ, api_key=api_key, window=window)
    if "://" in name:
        address, _, wanted = name.partition("#")
        if terms.api_key is None:
            terms = replace(terms, api_key=connect.key_from_keyring(address, environ))
        return connect.at_url(address, wanted, terms)
    if kind == "openai":
        address = url or environ.get("OPENAI_BASE_URL") or ""
        if not address:
            raise UsageError("openai:NAME needs to know where; set OPENAI_BASE_URL=http://host:port/v1")
        if terms.api_key is None:
            terms = replace(terms, api_key=environ.get("OPENAI_API_KEY") or None)
        return connect.at_openai(address, rest, terms)
    if kind == "ollama":
        from repoagent_agents.models.endpoint import ollama_url

        return connect.at_ollama(url or ollama_url(environ), rest, terms)
    return connect.at_url(url, name, terms) if url else connect.on_loopback(name, terms, environ)


def load_found(found: Found, *, environ: Mapping[str, str] = os.environ) -> Model:
    """Return a model that `discover` found, ready to be asked. Raises ModelError."""
    from repoagent_agents.models import connect

    return connect.of_found(found, connect.terms_for(found, environ, window=None))
