"""LangChain on both sides: `LangChainModel` asks a LangChain chat model, `as_chat_model` makes ours one.

Code Llama has no tool calls of its own, and servers drop `tools` for it without a word. So ours speaks a text protocol
(react.py) and hands LangChain real tool calls: `langchain.agents.create_agent` works on it.
"""

from __future__ import annotations

import contextvars
import importlib
import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import replace
from typing import Any

from langchain_core.callbacks import CallbackManagerForLLMRun
from langchain_core.language_models import BaseChatModel, LanguageModelInput
from langchain_core.messages import (
    AIMessage,
    AIMessageChunk,
    BaseMessage,
    HumanMessage,
    InvalidToolCall,
    SystemMessage,
    ToolCall,
    ToolCallChunk,
    ToolMessage,
)
from langchain_core.messages.ai import UsageMetadata
from langchain_core.outputs import ChatGeneration, ChatGenerationChunk, ChatResult
from langchain_core.runnables import Runnable
from langchain_core.tools import BaseTool
from langchain_core.utils.function_calling import convert_to_openai_tool
from langsmith.run_helpers import tracing_context
from pydantic import ConfigDict

from repoagent_agents.models import react
from repoagent_agents.models.base import Message, Model, Reply, Sampling, Usage, complete
from repoagent_agents.models.chat_format import alternating, neutralise, prepared
from repoagent_agents.models.family import UNKNOWN_WINDOW, trained_window
from repoagent_agents.models.reply import readable
from repoagent_agents.models.tokens import Counter, counter_from
from repoagent_indexers.errors import ModelError, UsageError
from repoagent_indexers.words.tokens import estimate

Tools = Sequence[dict[str, Any] | type | Callable[..., Any] | BaseTool]


def load_langchain(target: str, *, window: int | None, environ: Mapping[str, str]) -> LangChainModel:
    """Return the chat model that MODULE:FACTORY returns, as a `Model`. Raises UsageError, ModelError."""
    module_name, _, factory_name = target.partition(":")
    if not module_name or not factory_name:
        raise UsageError("langchain: needs a module and a function; for example langchain:my_models:make_chat")
    try:
        made = getattr(importlib.import_module(module_name), factory_name)
        chat_model = made if isinstance(made, BaseChatModel) else made()
    except Exception as error:  # whatever the user's own code does
        raise ModelError(f"langchain:{target} could not be made ({_one_line(error)}); correct that function") from error
    if not isinstance(chat_model, BaseChatModel):
        raise UsageError(f"langchain:{target} returns {type(chat_model).__name__}, which is no LangChain chat model")
    return LangChainModel(chat_model, window=window, counter=counter_from(environ))


class LangChainModel:
    """A LangChain chat model as our `Model`. It samples as it was made to: only stop strings are passed on."""

    def __init__(self, chat_model: BaseChatModel, *, window: int | None = None, counter: Counter = estimate) -> None:
        self.chat_model = chat_model
        told = (getattr(chat_model, field, None) for field in ("model_name", "model", "model_id"))
        self.name = next((name for name in told if isinstance(name, str) and name), type(chat_model).__name__)
        self.place = f"LangChain {type(chat_model).__name__}"
        profile = getattr(chat_model, "profile", None) or {}
        self.window: int = window or profile.get("max_input_tokens") or trained_window(self.name) or UNKNOWN_WINDOW
        self._counter = counter

    def count(self, text: str) -> int:
        return self._counter(neutralise(text))

    def stream(self, messages: Sequence[Message], sampling: Sampling) -> Reply:
        """Yield the reply. Tracing is off: what is meant for the model does not go to LangSmith as well."""
        return readable(self._pieces(prepared(messages), sampling), sampling.stop)

    def _pieces(self, messages: Sequence[Message], sampling: Sampling) -> Reply:
        turns = [_as_turn(message) for message in messages]
        context = contextvars.copy_context()  # of its own, so that nothing leaks to the caller between two pieces
        tracing = untraced()
        context.run(tracing.__enter__)
        arrived: list[str] = []
        usage: Usage | None = None
        chunks = context.run(self.chat_model.stream, turns, stop=list(sampling.stop) or None)
        try:
            while (chunk := context.run(next, chunks, None)) is not None:
                told = getattr(chunk, "usage_metadata", None)
                usage = Usage(told["input_tokens"], told["output_tokens"]) if told else usage
                if text := str(chunk.text):
                    arrived.append(text)
                    yield text
        except ModelError:
            raise
        except Exception as error:  # every provider has errors of its own
            message = f"{self.name} ({self.place}) failed: {_one_line(error)}; see its own documentation"
            raise ModelError(message, "".join(arrived)) from error
        finally:
            if close := getattr(chunks, "close", None):
                context.run(close)
            context.run(tracing.__exit__, None, None, None)
        return usage


def untraced() -> AbstractContextManager[None]:
    """Return a context in which LangChain sends nothing to LangSmith, whatever the environment says."""
    return tracing_context(enabled=False)


def as_chat_model(model: Model, *, sampling: Sampling | None = None) -> BaseChatModel:
    """Return the model as LangChain's; `bind_tools` works, and with it `langchain.agents.create_agent`."""
    return RepoAgentChat(model=model, sampling=sampling or Sampling())


class RepoAgentChat(BaseChatModel):
    """One of our models, behind LangChain's interface."""

    model_config = ConfigDict(arbitrary_types_allowed=True)

    model: Any
    """A `Model`."""
    sampling: Sampling

    @property
    def _llm_type(self) -> str:
        return "repoagent"

    @property
    def _identifying_params(self) -> Mapping[str, Any]:
        return {"name": self.model.name, "place": self.model.place}

    def bind_tools(
        self, tools: Tools, *, tool_choice: Any = None, **kwargs: Any
    ) -> Runnable[LanguageModelInput, AIMessage]:
        """Return the model with these tools, which it calls in text."""
        described = [convert_to_openai_tool(tool)["function"] for tool in tools]
        return self.bind(tools=described, tool_choice=tool_choice, **kwargs)

    def _generate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,  # noqa: ARG002  (whole replies only)
        **kwargs: Any,
    ) -> ChatResult:
        tools: list[dict[str, Any]] = kwargs.get("tools") or []
        dialog = as_dialog(messages, tools, kwargs.get("tool_choice"))
        sampling = self._sampling([*(stop or ()), *((react.STOP,) if tools else ())])
        completion = complete(self.model, dialog, sampling)
        reply = _as_message(completion.text, tools, call_id=f"call_{len(messages)}")
        if reply.invalid_tool_calls:  # one more try, since most models mend their JSON when told
            complaint = "Observation: that Action Input is no JSON object. Write Action and Action Input again."
            dialog += [Message("assistant", completion.text), Message("user", complaint)]
            completion = complete(self.model, dialog, sampling)
            reply = _as_message(completion.text, tools, call_id=f"call_{len(messages)}")
        reply.usage_metadata = _usage_metadata(completion.usage)
        return ChatResult(generations=[ChatGeneration(message=reply)])

    def _stream(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> Iterator[ChatGenerationChunk]:
        if kwargs.get("tools"):  # whether a reply is a call shows at its end
            whole = self._generate(messages, stop, run_manager, **kwargs).generations[0].message
            yield ChatGenerationChunk(message=_as_chunk(whole))
            return
        for piece in self.model.stream(as_dialog(messages, [], None), self._sampling(stop or [])):
            chunk = ChatGenerationChunk(message=AIMessageChunk(content=piece))
            if run_manager:
                run_manager.on_llm_new_token(piece, chunk=chunk)
            yield chunk

    def _sampling(self, stop: Sequence[str]) -> Sampling:
        return replace(self.sampling, stop=(*self.sampling.stop, *stop))


def as_dialog(messages: Sequence[BaseMessage], tools: Sequence[dict[str, Any]], tool_choice: Any) -> list[Message]:
    """Return LangChain's messages in our words: calls and results become text, tools a part of the system message."""
    dialog: list[Message] = []
    if tools:
        named = tool_choice if any(tool["name"] == tool_choice for tool in tools) else None
        dialog.append(Message("system", react.rules(tools, must=named or tool_choice in ("any", "required", True))))
    for message in messages:
        text = str(message.text)
        if isinstance(message, SystemMessage):
            dialog.append(Message("system", text))
        elif isinstance(message, AIMessage):
            calls = [react.call_text(call["name"], call["args"]) for call in message.tool_calls]
            dialog.append(Message("assistant", "\n".join(filter(None, [text, *calls]))))
        elif isinstance(message, ToolMessage):
            dialog.append(Message("user", f"Observation: {text}"))
        else:
            dialog.append(Message("user", text))
    return list(alternating(dialog))


def _as_turn(message: Message) -> BaseMessage:
    if message.role == "system":
        return SystemMessage(message.content)
    return HumanMessage(message.content) if message.role == "user" else AIMessage(message.content)


def _as_message(text: str, tools: Sequence[dict[str, Any]], *, call_id: str) -> AIMessage:
    call = react.find_call(text, tools) if tools else None
    if call is None:
        return AIMessage(react.final_text(text))
    if call.arguments is None:
        error = f"the Action Input of {call.name} is no JSON object"
        broken = InvalidToolCall(name=call.name, args=call.written, id=call_id, error=error, type="invalid_tool_call")
        return AIMessage(text, invalid_tool_calls=[broken])
    made = ToolCall(name=call.name, args=call.arguments, id=call_id, type="tool_call")
    return AIMessage(call.thought, tool_calls=[made])


def _as_chunk(message: BaseMessage) -> AIMessageChunk:
    assert isinstance(message, AIMessage)
    calls = [
        ToolCallChunk(
            name=call["name"], args=json.dumps(call["args"]), id=call["id"], index=index, type="tool_call_chunk"
        )
        for index, call in enumerate(message.tool_calls)
    ]
    return AIMessageChunk(content=message.content, tool_call_chunks=calls, usage_metadata=message.usage_metadata)


def _usage_metadata(usage: Usage | None) -> UsageMetadata | None:
    if usage is None:
        return None
    total = usage.prompt_tokens + usage.reply_tokens
    return UsageMetadata(input_tokens=usage.prompt_tokens, output_tokens=usage.reply_tokens, total_tokens=total)


def _one_line(error: BaseException) -> str:
    """Return the error's words without what looks like a key."""
    words = " ".join(str(error).split())[:160] or type(error).__name__
    return re.sub(r"\b(?:sk|hf|gsk|key)[-_][\w*-]{6,}", "[key]", words)
