"""Tools that run at the API's side of a response: web search, file search, image generation."""

from __future__ import annotations

from .call import Call, Object
from .ids import fresh
from .llm import Ask, Said, topic


def run(call: Call, ask: Ask, said: Said) -> tuple[list[Object], list[Object]]:
    """The items these tools put before the answer, and the citations they leave in it."""
    items: list[Object] = []
    citations: list[Object] = []
    prompt = ask.prompt.lower()
    for tool in call.body.get("tools") or ():
        kind = str(tool.get("type"))
        if kind.startswith("web_search") and "search" in prompt:
            items.append(_web_search(ask))
            citations += _url_citation(said)
        elif kind == "file_search":
            found, cited = _file_search(call, tool, ask, said)
            items.append(found)
            citations += cited
        elif kind == "image_generation" and any(word in prompt for word in ("draw", "image")):
            items.append(_image(ask))
    return items, citations


def _web_search(ask: Ask) -> Object:
    action = {"type": "search", "query": topic(ask.prompt), "queries": [topic(ask.prompt)]}
    return {"id": fresh("ws_"), "type": "web_search_call", "status": "completed", "action": action}


def _url_citation(said: Said) -> list[Object]:
    if not said.text:
        return []
    where = {"start_index": 0, "end_index": len(said.text)}
    page = {"title": "A page in the sandbox", "url": "https://sandbox.invalid/page"}
    return [{"type": "url_citation", **where, **page}]


def _file_search(call: Call, tool: Object, ask: Ask, said: Said) -> tuple[Object, list[Object]]:
    from .search import search

    results = []
    for store in tool.get("vector_store_ids") or ():
        call.find("vector_stores", store, "vector store", "tools")
        results += search(call.store, call.blobs, store, [ask.prompt], tool.get("filters"))
    results.sort(key=lambda result: -result["score"])
    results = results[: tool.get("max_num_results") or 10]
    item: Object = {"id": fresh("fs_"), "type": "file_search_call", "status": "completed"}
    item |= {"queries": [topic(ask.prompt)], "results": None}
    if "file_search_call.results" in (call.body.get("include") or ()):
        item["results"] = [
            {**{k: r[k] for k in ("file_id", "filename", "score", "attributes")}, "text": r["text"]}
            for r in results
        ]
    cited = [
        {"type": "file_citation", "index": len(said.text), **{k: r[k] for k in _CITED}}
        for r in results[:1]
        if said.text
    ]
    return item, cited


_CITED = ("file_id", "filename")


def _image(ask: Ask) -> Object:
    import base64

    from .pictures import png

    result = base64.b64encode(png()).decode()
    item = {"id": fresh("ig_"), "type": "image_generation_call", "status": "completed"}
    return {**item, "result": result, "revised_prompt": topic(ask.prompt)}
