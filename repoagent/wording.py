"""The words around an answer and a brief, in the language of the question: one dataclass, one value a language."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Wording:
    """What is said beside what a model or a repository says; braces are filled by `str.format`."""

    no_model_asked: str = "No model was asked: {why}"
    brief_asked_for: str = "you asked for a brief."
    brief_no_model: str = (
        "none answers on this machine. Start one (for example: ollama run codellama:7b-instruct) or name one with "
        "--model."
    )
    places: str = "These places hold the answer, best first:"
    commits: str = "Past commits that speak of it:"
    used_by: str = "used by"
    uses: str = "uses"
    by_name: str = "by name only"
    again: str = "(again in {first})"
    again_often: str = "(again in {first} and {n} more)"
    nothing_matches: str = "nothing in this repository matches the question; try other words"
    asked: str = "{model} at {place}, {tokens} tokens of context"
    sources: str = "Sources:"
    sources_given: str = "Sources (the model cited none; it was given these first):"
    false_citations: str = "places that it cited and had not been given: {n}"
    tokens: str = "{prompt:,} tokens read{reused}, {reply:,} written"
    reused: str = " ({n:,} of them known from before)"
    seconds: str = "first word after {first:.2f} s, {total:.2f} s in all"
    kept: str = "given before and kept; --no-cache asks again"


_JAPANESE = Wording(
    no_model_asked="モデルには質問していません: {why}",
    brief_asked_for="概要の表示が指定されました。",
    brief_no_model=(
        "このマシンで応答するモデルがありません。起動するか (例: ollama run codellama:7b-instruct)、--model "
        "で指定してください。"
    ),
    places="答えのある場所 (関連の強い順):",
    commits="関連する過去のコミット:",
    used_by="使用元",
    uses="使用先",
    by_name="名前の一致のみ",
    again="(同じ内容: {first})",
    again_often="(同じ内容: {first} ほか {n} か所)",
    nothing_matches="このリポジトリに質問と一致するものはありません。別の言葉で試してください",
    asked="{model} ({place})、コンテキスト {tokens} トークン",
    sources="出典:",
    sources_given="出典 (モデルは引用していません。最初に渡した箇所です):",
    false_citations="モデルが挙げた {n} か所は、渡した範囲にありません",
    tokens="読み込み {prompt:,} トークン{reused}、生成 {reply:,} トークン",
    reused=" (うち {n:,} は読み込み済み)",
    seconds="最初の語まで {first:.2f} 秒、全体で {total:.2f} 秒",
    kept="保存済みの回答です。--no-cache で改めて質問します",
)


def wording(language: str) -> Wording:
    """The words for a language: "ja", anything else is English."""
    return _JAPANESE if language == "ja" else Wording()
