"""Exports written by tests, and what a first mapping makes of them."""

import json

import pandas as pd
import yaml

from inquiry_intent.sources.ingest import read_export
from inquiry_intent.sources.mapping import load_mapping
from inquiry_intent.sources.suggest import suggest_mapping


def suggested(folder):
    """The suggested mapping as YAML values, and what it makes of the export it was made from."""
    text = suggest_mapping(folder)
    path = folder.parent / "suggested.yaml"
    path.write_text(text, encoding="utf-8")
    return yaml.safe_load(text), read_export(folder, load_mapping(path)), text


def forbidden(values):
    return {column for file in values["files"].values() for column in file.get("forbidden", [])}


STAGES = [("New", 1), ("Quoted", 5), ("Won", 9)], [("New", 1), ("Lost", 7)], [("New", 1), ("Quoted", 4)]


def history(row):
    """Every third lead won, lost, open, in two or three steps; `row` writes one."""
    return "".join(
        row(n, stage, f"2026-02-{n + day:02d}T09:00:00Z") for n in range(1, 13) for stage, day in STAGES[n % 3]
    )


def table(rows, **columns):
    """A table of inquiries, three days apart, every third won or lost after ten days; `columns` come on top."""
    day = pd.Timestamp("2026-01-01 09:00")
    plain = {
        "询盘编号": [f"XP{n:03d}" for n in range(rows)],
        "客户编号": [f"K{n % 7}" for n in range(rows)],
        "询盘时间": [f"{day + pd.Timedelta(days=3 * n):%Y-%m-%d %H:%M}" for n in range(rows)],
        "询盘内容": [f"你好，请报价 {n} 件水泵 CIF 汉堡，谢谢" for n in range(rows)],
        "状态": [["成交", "未成交", "跟进中"][n % 3] for n in range(rows)],
        "成交时间": [f"{day + pd.Timedelta(days=3 * n + 10):%Y-%m-%d %H:%M}" * (n % 3 < 2) for n in range(rows)],
    }
    return pd.DataFrame(plain | columns)


def with_messages(folder, told, name, text="Text", **columns):
    """The table of inquiries beside a file of two messages each, the buyer's and ours; `told` tells them apart."""
    inquiries = table(30).drop(columns="询盘内容")
    inquiries.to_csv(folder / "询盘.csv", index=False)
    pd.DataFrame(
        {
            "询盘编号": inquiries["询盘编号"].repeat(2),
            "日期": inquiries["询盘时间"].repeat(2),
            name: list(told) * 30,
            text: [f"We need {n} pumps for our project, please" for n in range(60)],
        }
        | columns
    ).to_csv(folder / "messages.csv", index=False)


def tickets(count=60, *, public="public", flags=(True, False), closed="Closed - No response", won="Closed - Won"):
    """Tickets of three states in turn, each with the buyer's comment, our answer, and a note of our own team."""

    def ticket(n):
        came = pd.Timestamp("2026-01-05 09:00", tz="UTC") + pd.Timedelta(days=n)
        said = [("end-user", f"What do {n} motors cost?"), ("agent", f"Our offer is {n} EUR."), ("agent", "check them")]
        return {
            "id": 5000 + n,
            "created_at": came.isoformat(),
            "solved_at": (came + pd.Timedelta(days=20)).isoformat() if n % 3 < 2 else None,
            "status": (won, closed, "Open")[n % 3],
            "reopen_count": n % 4,
            "requester": {"id": n % 9},
            "assignee": ("ml", "kt")[n % 2],
            "comments": [
                {
                    "id": 10 * n + k,
                    "created_at": (came + pd.Timedelta(hours=k)).isoformat(),
                    "author": {"role": role},
                    "body": text,
                    public: flags[k == 2],
                }
                for k, (role, text) in enumerate(said)
            ],
        }

    return [ticket(n) for n in range(count)]


def written(folder, rows):
    (folder / "tickets.jsonl").write_text("\n".join(map(json.dumps, rows)) + "\n", encoding="utf-8")
    return suggested(folder)


def workbook_of(folder, **sheets):
    with pd.ExcelWriter(folder / "hist.xlsx", engine="xlsxwriter") as book:
        for name, rows in sheets.items():
            rows.to_excel(book, sheet_name=name, index=False)


def orders(won, **columns):
    """One order of each inquiry that was won."""
    plain = {
        "询盘编号": won["询盘编号"],
        "下单时间": [f"2026-08-{1 + n:02d}" for n in range(len(won))],
        "订单金额": [f"US$ {n + 1},120.16" for n in range(len(won))],
        "币种": "USD",
        "订单状态": [["已发货", "已完成", "生产中"][n % 3] for n in range(len(won))],
    }
    return pd.DataFrame(plain | columns)


def erp_orders(leads, **columns):
    """Order lines as Chinese ERPs list them: of a client and a day, of no inquiry."""
    plain = {
        "单据编号": [f"XS{n:05d}" for n in range(20)],
        "日期": [f"2026/08/{1 + n:02d}" for n in range(20)],
        "客户": leads["客户编号"][::3].to_numpy(),
        "币别": "美元",
        "金额": [f"{90 + n}.00" for n in range(20)],
        "价税合计": [f"{100 + n}.50" for n in range(20)],
        "单据状态": "已审核",
    }
    return pd.DataFrame(plain | columns)


INQUIRIES = "Inquiry ID,Received,Company,Message,Status,Closed,Amount\n"
