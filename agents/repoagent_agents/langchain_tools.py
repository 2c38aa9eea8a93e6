"""Our retriever and tools as LangChain's, and the agent loop that runs on LangChain's agents.

LangChain is imported by this file, so this file is imported only where LangChain is wanted: it costs a second.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from langchain_core.callbacks import CallbackManagerForRetrieverRun
from langchain_core.documents import Document
from langchain_core.messages import AIMessage
from langchain_core.retrievers import BaseRetriever
from langchain_core.tools import BaseTool, StructuredTool
from pydantic import ConfigDict

from repoagent_agents.models.base import Model
from repoagent_agents.models.langchain_chat import LangChainModel, as_chat_model
from repoagent_agents.prompts import prompt
from repoagent_agents.tools import Tools
from repoagent_indexers.errors import ModelError
from repoagent_indexers.indexing.index import Index
from repoagent_indexers.ranking.retrieve import search

MAX_STEPS = 12
"""Model calls that an investigation may take."""


class RepositoryRetriever(BaseRetriever):
    """LangChain's retriever over an index: a question becomes documents, best first.

    `page_content` is the code; `metadata` has path, start_line, end_line (1-based, inclusive), symbol, kind, score.
    """

    model_config = ConfigDict(arbitrary_types_allowed=True)

    index: Any
    """An open `Index`."""
    limit: int = 10
    roots: tuple[str, ...] = ()

    def _get_relevant_documents(
        self,
        query: str,
        *,
        run_manager: CallbackManagerForRetrieverRun,  # noqa: ARG002  LangChain passes it by name
    ) -> list[Document]:
        documents: list[Document] = []
        for hit in search(self.index, query, self.limit, self.roots):
            source = self.index.source(hit.span.path)
            if source is None:
                continue
            text = source.content[hit.span.start_byte : hit.span.end_byte].decode("utf-8", "replace")
            symbol = hit.symbol
            metadata = {
                "path": hit.span.path,
                "start_line": hit.span.start_line,
                "end_line": hit.span.end_line,
                "symbol": symbol.qualified_name if symbol else None,
                "kind": symbol.kind if symbol else None,
                "score": hit.score,
            }
            documents.append(Document(page_content=text, metadata=metadata))
        return documents


def as_retriever(index: Index, limit: int = 10, roots: Sequence[str] = ()) -> BaseRetriever:
    """LangChain's view of `search`."""
    return RepositoryRetriever(index=index, limit=limit, roots=tuple(roots))


def as_tools(index: Index) -> list[BaseTool]:
    """LangChain's view of `Tools`."""
    tools = Tools(index)
    functions = (
        tools.search_code,
        tools.read_lines,
        tools.find_definition,
        tools.find_uses,
        tools.find_commits,
        tools.outline_repository,
    )
    return [StructuredTool.from_function(function, handle_validation_error=True) for function in functions]


def investigate(index: Index, question: str, model: Model) -> Iterator[tuple[str, str]]:
    """Let a model look things up until it answers; yields ("step", what it did) and at last ("answer", text).

    The loop is LangChain's `create_agent`. A LangChain model makes its own tool calls; ours get the tools as text.
    Raises ModelError when there is no answer after `MAX_STEPS` model calls.
    """
    from langchain.agents import create_agent
    from langgraph.errors import GraphRecursionError

    chat_model = model.chat_model if isinstance(model, LangChainModel) else as_chat_model(model)
    agent = create_agent(chat_model, as_tools(index), system_prompt=prompt("investigate"))
    said = ""
    try:
        for update in agent.stream(
            {"messages": [{"role": "user", "content": question}]},
            {"recursion_limit": 2 * MAX_STEPS},
            stream_mode="updates",
        ):
            for message in (message for change in update.values() for message in change.get("messages", ())):
                if isinstance(message, AIMessage) and message.tool_calls:
                    for call in message.tool_calls:
                        shown = ", ".join(f"{value}" for value in call["args"].values())
                        yield "step", f"{call['name']}({shown})"
                elif isinstance(message, AIMessage):
                    said = str(message.text)
    except GraphRecursionError:
        raise ModelError(f"the model gave no answer within {MAX_STEPS} steps; ask without --agent", said) from None
    yield "answer", said
