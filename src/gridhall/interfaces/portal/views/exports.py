"""Usage to take along: the form that asks what, and the file, streamed."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import AsyncIterator, Callable, Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from gridhall.apps.billing import actions, queries
from gridhall.core.periods import Month
from gridhall.interfaces.portal import words
from gridhall.interfaces.portal.account_pages import account_context, account_page
from gridhall.interfaces.portal.export_places import ExportPlaces, PlacedStream
from gridhall.interfaces.portal.forms import UsageExportForm
from gridhall.interfaces.shared import formats

TYPES = {
    "CSV": ("text/csv; charset=utf-8", "csv"),
    "XLSX": ("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "xlsx"),
    "GREEN_BUTTON": ("application/atom+xml; charset=utf-8", "xml"),
}
PIECE = 256 * 1024
PLACES = ExportPlaces(4)


@require_http_methods(["GET", "HEAD", "POST"])
@account_page
def usage_export(request: HttpRequest) -> HttpResponseBase:
    """Ask which usage to take, and give it as a file."""
    if "VIEW_USAGE" not in request.account_view.scopes:  # type: ignore[attr-defined]
        raise Http404
    at = request.at  # type: ignore[attr-defined]
    today = timezone.localdate(at)
    if request.method != "POST":
        first, last = _read_span(request.GET.get("span", ""), request.GET.get("of", ""), today)
        form = UsageExportForm(initial={"first_day": first, "last_day": last}, latest=today)
        return _show(request, form)
    form = UsageExportForm(request.POST, latest=today)
    if not form.is_valid():
        return _show(request, form)
    leave = PLACES.take(request.user.pk)
    if leave is None:
        form.refuse("busy", "")
        return _show(request, form, status=429)
    try:
        return _export(request, form, leave)
    except BaseException:
        leave()
        raise


def _export(request: HttpRequest, form: UsageExportForm, leave: Callable[[], None]) -> HttpResponseBase:
    """Give the file; whose place is left when it has gone out."""
    at = request.at  # type: ignore[attr-defined]
    wanted = form.cleaned_data
    account = request.account_view.account  # type: ignore[attr-defined]
    try:
        export = actions.export_usage(
            account=account, viewer=request.user, first_day=wanted["first_day"],
            end_day=wanted["last_day"] + timedelta(days=1), resolution=wanted["resolution"], format=wanted["format"],
            at=at, actor=str(request.user.mrid),
        )  # fmt: skip
    except actions.UnableToExportUsage as refusal:
        leave()
        form.refuse(refusal.code, refusal.message)
        return _show(request, form)
    return _answer(export, wanted["format"], leave)


def _show(request: HttpRequest, form: UsageExportForm, *, status: int = 200) -> HttpResponse:
    context = account_context(request, tab="usage") | {"form": form, "zone": formats.zone(settings.TIME_ZONE)}
    return render(request, "portal/usage/usage_export.html", context, status=status)


def _read_span(span: str, of: str, today: date) -> tuple[date, date]:
    """Give the days that a link proposes: a day, a month, or the year up to today."""
    try:
        if span == "day":
            return date.fromisoformat(of), date.fromisoformat(of)
        if span == "month":
            month = Month.parse(of)
            return month.first_day, min(month.next().first_day - timedelta(days=1), max(today, month.first_day))
    except ValueError:
        pass
    return date(today.year, 1, 1), today


def _answer(export: queries.UsageExport, kind: str, leave: Callable[[], None]) -> HttpResponseBase:
    content_type, ending = TYPES[kind]
    if kind == "CSV":
        pieces = export.stream_csv()
    elif kind == "GREEN_BUTTON":
        pieces = export.stream_green_button(title=_make_title(export))
    else:
        pieces = _stream_workbook(export, _make_words(export))
    response = StreamingHttpResponse(PlacedStream(stream(pieces), leave), content_type=content_type)
    response["Content-Disposition"] = content_disposition_header(True, f"{_make_title(export)}.{ending}") or ""
    # Compressing would hold the pieces back; nothing of it may stay on a shared device.
    response["Content-Encoding"] = "identity"
    return response


async def stream(pieces: Iterator[bytes]) -> AsyncIterator[bytes]:
    """Give the pieces one by one, each made in a thread: none waits for the others, and few are in memory."""
    waiting: list[bytes] = []
    size = 0
    while (piece := await asyncio.to_thread(next, pieces, None)) is not None:
        waiting.append(piece)
        size += len(piece)
        if size >= PIECE:
            yield b"".join(waiting)
            waiting, size = [], 0
    yield b"".join(waiting)


def _stream_workbook(export: queries.UsageExport, words_of: queries.WorkbookWords) -> Iterator[bytes]:
    """Write the workbook to a temporary file, then give it piece by piece."""
    with tempfile.TemporaryDirectory(prefix="usage-") as folder:
        path = Path(folder) / "usage.xlsx"
        export.write_workbook(path, words_of)
        with path.open("rb") as file:
            while piece := file.read(PIECE):
                yield piece


def _make_title(export: queries.UsageExport) -> str:
    """Name the file in words: what, whose, which days, how fine."""
    last = export.end_day - timedelta(days=1)
    resolution = _("按天") if export.is_daily else _("每15分钟")
    if export.first_day == last:
        days = formats.day(last)
    elif Month.of(last).first_day == export.first_day and Month.of(last).next().first_day == export.end_day:
        days = formats.month(last)
    else:
        days = f"{formats.day(export.first_day)}-{formats.day(last)}"
    return f"{_('用电')} {export.account_number} {days} {resolution}"


def _make_words(export: queries.UsageExport) -> queries.WorkbookWords:
    zone = formats.zone(export.zone.key)
    headings: list[Any] = [
        _("用电点"), _("电表"), _("日期") if export.is_daily else _("开始（%(zone)s）") % {"zone": zone},
        _("用电（kWh）"), _("上网（kWh）"), _("无功（kvarh）"),
        *((_("估算的刻钟"), _("缺的刻钟")) if export.is_daily else ()), _("读数质量"),
    ]  # fmt: skip
    about = [
        (_("户号"), export.account_number),
        (_("日期"), f"{formats.day(export.first_day)} – {formats.day(export.end_day - timedelta(days=1))}"),
        (_("时区"), zone if zone == export.zone.key else f"{zone} ({export.zone.key})"),
        (_("单位"), _("用电、上网：kWh；无功：kvarh。已乘倍率。")),
        (_("导出时间"), timezone.localtime(export.at).isoformat(timespec="minutes")),
        (_("读数质量"), "、".join(str(word) for word in words.READ_QUALITIES.values())),
    ]
    return queries.WorkbookWords(
        sheet=_("用电"), about_sheet=_("说明"), headings=[str(text) for text in headings],
        qualities={code: str(word) for code, word in words.READ_QUALITIES.items()},
        about=[(str(name), str(value)) for name, value in about],
    )  # fmt: skip
