"""The model of an open repository: the one that was named, else configured, else the best that answers here."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from repoagent.settings import Settings
from repoagent_indexers.errors import ModelError

if TYPE_CHECKING:
    from repoagent_agents.models.base import Model, Placed


class ChosenModel:
    """It is loaded when it is first wanted, and then stays.

    `allow` returns when a model may be sent parts of the repository, and raises Refused otherwise. With `remember`, a
    model that is found by name gives replies again that it gave before (answer_cache.py).
    """

    def __init__(
        self, given: str | Model | None, settings: Settings, allow: Callable[[Placed], None], *, remember: bool = False
    ) -> None:
        self._given = given if given is not None else (settings.model or None)
        self._settings = settings
        self._allow = allow
        self._remember = remember
        self._loaded: Model | None = None

    @property
    def is_named(self) -> bool:
        """Whether a model was named or configured, so that its absence is an error and not a reason for a brief."""
        return self._given is not None or bool(self._settings.url)

    def model(self) -> Model:
        """Raises ModelError where it is not there, and Refused where its guard may not be asked."""
        if self._loaded is None:
            if self._given is None or isinstance(self._given, str):
                from repoagent_agents.models import load_model

                url, window = self._settings.url or None, self._settings.window or None
                self._loaded = self._kept(load_model(self._given, url=url, window=window))
            else:
                self._loaded = self._given
        return self._loaded

    def any_model(self, language: str = "") -> Model | None:
        """The same, but None where nobody named a model and none answers on this machine.

        In Japanese ("ja"), ELYZA's model is taken where it answers.
        """
        if self._loaded is None and not self.is_named:
            from repoagent_agents.models import choose, discover, load_found

            found = choose(discover(), language)
            if found is None:
                return None
            self._loaded = self._kept(load_found(found))
        return self.model()

    def for_gaps(self) -> Model:
        """The same, but where none was named the smallest that fills gaps. Raises ModelError where none does."""
        if self._loaded is None and not self.is_named:
            from repoagent_agents.models import discover, load_found
            from repoagent_agents.models.family import choose_for_infilling

            found = choose_for_infilling(discover())
            if found is None:
                raise ModelError(
                    "no model that fills gaps answers here; start one, for example: ollama run codellama:7b-code, "
                    "or name one with --model"
                )
            self._loaded = self._kept(load_found(found))
        return self.model()

    def _kept(self, model: Model) -> Model:
        """The model behind what the user wants between: a guard, and the cache of replies."""
        if self._settings.guard:
            from repoagent_agents.models import load_model
            from repoagent_agents.models.guard import Guarded

            guard = load_model(self._settings.guard)
            self._allow(guard)
            model = Guarded(model, guard)
        if not self._remember:
            return model
        from repoagent.answer_cache import remembering

        return remembering(model)
