"""What is wrong with a file of reads, in Chinese: programs that read files speak English; here is what they say."""

from __future__ import annotations

from gridhall.core.phrasebook import Phrasebook
from gridhall.interfaces.shared import formats

_PROBLEMS = {
    # Rows and values
    "the energy of (.+) is too large to be true": "{0} 的电量大得不可能",
    "(.+) reads of (.+) are too large to be true": "{1} 有 {0} 个读数大得不可能",
    "(.+) is too large for one interval": "{0} 对一个间隔来说太大",
    "(.+) is too large": "{0} 太大",
    "(.+) is negative": "{0} 是负数",
    "is negative": "是负数",
    "is empty": "是空的",
    "the time is empty": "时间是空的",
    "the date is empty": "日期是空的",
    "a reading has no value": "有一个读数没有值",
    "(.+) is not a number": "{0} 不是数字",
    "(.+) is no whole number": "{0} 不是整数",
    "is of type (.+), no number": "类型是 {0}，不是数字",
    "holds texts that are not numbers": "里面有不是数字的文字",
    "(.+) is no known reading quality": "不认识读数质量 {0}",
    "(.+) is no unit of energy": "{0} 不是电量单位",
    "(.+) is no known unit": "不认识单位 {0}",
    "has (.+) cells? where (.+) are wanted": "有 {0} 格，应有 {1} 格",
    "has (.+) cells, the header has (.+)": "有 {0} 格，表头有 {1} 格",
    "has (.+) faults": "有 {0} 处错误",
    # Times
    "(.+) is not a date and time": "{0} 不是日期时间",
    "(.+) is no date": "{0} 不是日期",
    "(.+) is no day": "{0} 不是一天",
    "(.+) is no moment": "{0} 不是时间",
    "(.+) is no moment of creation": "{0} 不是生成时间",
    "(.+) can be read as day/month or as month/day": "{0} 看不出哪个是日、哪个是月",
    "(.+) has an hour that does not fit (.+)": "{0} 的钟点和“{1}”对不上",
    "(.+) has no such time of day": "{0} 没有这个钟点",
    "there is no day (.+)": "没有 {0} 这一天",
    "(.+) is outside 1970 to 2100": "{0} 不在 1970 到 2100 年之间",
    "is outside 1970 to 2100": "不在 1970 到 2100 年之间",
    "(.+) is no UTC offset": "{0} 不是 UTC 时差",
    "has a fraction of a second": "秒后面有小数",
    "has no UTC offset while other rows have one": "没有 UTC 时差，而别的行有",
    "times are in UTC and stay so": "时间是 UTC，照 UTC 保留",
    "times with other UTC offsets are moved to the wall clock of (.+)": "其他 UTC 时差的时间已换成 {0} 当地时间",
    "a time that the clocks of (.+) skipped; the file keeps standard time all year and is read so": (
        "{0} 拨钟时跳过了这个时间；文件全年用标准时间，已照此读取"
    ),
    "(.+) does not exist in (.+): the clocks skipped it": "{1} 没有 {0} 这个时间：拨钟时跳过了",
    "times are ends of intervals; each read starts (.+) minutes earlier": (
        "时间是间隔的结束；每个读数从 {0} 分钟前开始"
    ),
    "24:00 is the end of a day, yet times are read as starts of intervals": (
        "24:00 是一天的结束，而这里的时间按间隔开始来读"
    ),
    # Intervals of a series
    "(.+) of (.+) reads (?:of (.+) )?are missing, in (.+), the first at (.+)": (
        "{1} 个读数缺 {0} 个（{2}），共 {3}，最早在 {4}"
    ),
    "the reads (?:of (.+) )?are scattered over (.+) years": "读数（{0}）散在 {1} 年里",
    "the days of (.+) are scattered over too many years": "{0} 的日子散在太多年里",
    "(.+?) (?:of (.+) )?stands on line (.+) already, with another value": "{0}（{1}）在第 {2} 行已有，值不同",
    "(.+) of (.+) stands in an earlier row, with another value": "{1} 的 {0} 在前面已有一行，值不同",
    "(.+) stands in an earlier row of the same meter, with another value": "{0} 在同一块表前面已有一行，值不同",
    "(.+) of (.+) rows (?:of (.+) )?repeat a time: no column that is known tells them apart": (
        "{1} 行里有 {0} 行时间重复（{2}），认识的列分不清它们"
    ),
    "(.+) rows? repeats? an earlier row (?:of (.+) )?exactly; each counted once": (
        "有 {0} 行和前面的行完全重复（{1}），只算一次"
    ),
    "one read (?:of (.+) )?alone does not tell its interval": "只有一个读数（{0}），看不出间隔",
    "the reads (?:of (.+) )?are (.+) apart": "读数（{0}）相隔 {1}",
    "from (.+?) the reads (?:of (.+) )?are (.+) apart, elsewhere (.+)": "从 {0} 起读数（{1}）相隔 {2}，别处相隔 {3}",
    "every read (?:of (.+) )?starts (.+) off the (.+) grid": "每个读数（{0}）都比每 {2}一次的时刻偏了 {1}",
    "(.+?) (?:of (.+) )?is off the grid of (.+)": "{0}（{1}）不在每 {2}一次的时刻上",
    "(.+) quarter hours of (.+) lack some of their 5-minute reads: left out": (
        "{1} 有 {0} 刻的 5 分钟读数不全，没有采用"
    ),
    "(.+): reads of (.+) minutes were shared evenly over quarter hours, each exactly": (
        "{0}：{1} 分钟的读数已准确地平分到每一刻"
    ),
    # Whose reads they are
    "(.+) reads of (.+) lie on days on which no meter hung there": "{1} 有 {0} 个读数落在没有挂表的日子",
    "no meter, usage point or customer is called (.+)": "没有这块表、计量点或户号：{0}",
    "the (?:rows|reads) name no meter": "没有写是哪块表",
    "customer (.+) has (.+) usage points": "户号 {0} 有 {1} 个计量点",
    "the reads of (.+) are a day or longer": "{0} 的读数是一天或更久一个",
    "line (.+) tells the same day with other values": "第 {0} 行写了同一天，值不同",
    # The file
    "the file is empty": "文件是空的",
    "there is no such file": "文件不在了",
    "cannot be (?:read|found|opened): .*": "读不出来，可能已损坏",
    "is damaged: .*": "读不出来，可能已损坏",
    "is a damaged Parquet file: .*": "Parquet 文件已损坏",
    "may not be read by you": "没有读取的权限",
    "does not fit into memory": "太大，内存放不下",
    "its name is no text in UTF-8": "文件名不是 UTF-8 文字",
    "is a folder": "是文件夹",
    "is a pipe or a device": "是管道或设备",
    "is an office document \\(Excel, Word\\)": "是 Excel 或 Word 文档",
    "the archive is empty": "压缩包是空的",
    "the archive holds (.+) files": "压缩包里有 {0} 个文件",
    "the archive is encrypted": "压缩包有密码",
    "is no text and no format that holds reads": "不是文本，也不是能放读数的格式",
    "is a web page, not a file of reads": "是网页，不是读数文件",
    "is JSON, which is no format of reads here": "是 JSON，这里不用它放读数",
    "is (.+), not a file of reads": "是{0}，不是读数文件",
    "holds no rows": "一行也没有",
    "no reads": "没有读数",
    "holds (.+) rows": "有 {0} 行",
    "holds no lines with reads": "没有带读数的行",
    "holds a header but no reads": "只有表头，没有读数",
    "holds power, not energy": "是功率，不是电量",
    "the row has a time but no energy": "这一行有时间，没有电量",
    "has (.+) columns and no header": "有 {0} 列，没有表头",
    "columns that are not read: (.+)": "没有用到的列：{0}",
    "(.+) is no row of a table of reads": "{0} 不是读数表的一行",
    "no column of (.+) is known as a time and an energy": "{0} 这些列里认不出时间和电量",
    "has no column with the start of the intervals": "没有间隔开始时间这一列",
    "holds (.+) columns of reads, but no date": "有 {0} 列读数，没有日期",
    # Green Button
    "is XML, but no Green Button feed": "是 XML，但不是 Green Button 数据",
    "is Green Button, but holds only (.+)": "是 Green Button，但只有 {0}",
    "is Green Button, but holds (.+)": "是 Green Button，但里面是{0}",
    "is no well-formed XML: .*": "XML 不完整或写错了",
    "declares a document type \\(DTD\\)": "声明了文档类型（DTD）",
    "declares entities that grow without end": "声明了无限膨胀的实体",
    "holds no electricity reads": "没有用电读数",
    "has no readings of 5, 15, 30 or 60 minutes or a day": "没有 5、15、30、60 分钟或一天一个的读数",
    "the feed has no LocalTimeParameters: times are UTC": "没有 LocalTimeParameters：时间按 UTC",
    "the feed has no LocalTimeParameters: its days begin at midnight in (.+), which is taken": (
        "没有 LocalTimeParameters：它的每天从 {0} 零点开始，已照此读取"
    ),
    "the unit of the readings is not told: no ReadingType is linked": "没有说明读数单位：没有关联 ReadingType",
    "readings in unit (.+) are left out: they are no electric energy": "单位 {0} 的读数没有采用：不是电量",
    "a usage point of another service than electricity is left out": "有一个计量点不是用电，没有采用",
    "reactive energy from the customer is left out": "用户倒送的无功电量没有采用",
    "(.+) is no multiplier": "{0} 不是倍数",
    "the register goes backward": "表底往回走了",
    "register positions: each interval is the difference to the next": "是表底：每个间隔取到下一个的差",
    "the reading does not tell its time": "这个读数没有时间",
    "repeats an earlier one, read by read, and is counted once": "和前面的完全重复，只算一次",
    "reads of (.+) minutes repeat finer ones and are left out": "{0} 分钟的读数和更细的重复，没有采用",
    "(.+) readings of (.+) seconds are left out: no interval we know": (
        "{0} 个 {1} 秒的读数没有采用：不认识这样的间隔"
    ),
    "(.+) seconds is no interval": "{0} 秒不是一个间隔",
    # NEM12, NEM13
    "holds no (300|250) records, so no reads": "没有 {0} 记录，也就没有读数",
    "(.+) is no record of (NEM12|NEM13)": "{0} 不是 {1} 的记录",
    "record (.+) comes before the header": "{0} 记录出现在文件头之前",
    "record (.+) comes after the end record 900": "{0} 记录出现在结束记录 900 之后",
    "record (.+) without a (.+) record before it": "{0} 记录前面没有 {1} 记录",
    "record 400 though the day's quality is not V": "这一天的质量不是 V，却有 400 记录",
    "(.+) in a NEM12 file": "NEM12 文件里写着 {0}",
    "(.+) is no NMI": "{0} 不是 NMI",
    "(.+) is no channel": "{0} 不是通道",
    "(.+) is no interval length": "{0} 不是间隔长度",
    "(.+) is no direction": "{0} 不是方向",
    "(.+) is no quality flag": "{0} 不是质量标志",
    "(.+) is no quality of a range": "{0} 不是一段读数的质量",
    "holds (.+) reads where (.+)-minute intervals make (.+) a day": "有 {0} 个读数，{1} 分钟一个每天应有 {2} 个",
    "intervals (.+) to (.+) are none of the day's (.+)": "第 {0} 到 {1} 个不在一天的 {2} 个之内",
    "intervals (.+) to (.+) overlap another 400 record": "第 {0} 到 {1} 个和另一条 400 记录重叠",
    "flag V, yet no 400 record names interval (.+)": "标志是 V，却没有 400 记录说到第 {0} 个",
    "this day of (.+) stands on line (.+) with other reads": "{0} 的这一天在第 {1} 行已有，读数不同",
    "(.+) gives this day on line (.+) too; the later UpdateDateTime counts": (
        "{0} 的这一天第 {1} 行也有；以较晚的 UpdateDateTime 为准"
    ),
    "the file ends without its 900 record: it may be cut off": "文件末尾没有 900 记录，可能不完整",
    "is not after the previous read, or more than five years after it": "不晚于上一次抄表，或晚了五年以上",
    "accumulated reads of (.+): spread evenly over the hours of each period, as estimates": (
        "{0} 是累计读数：平分到每个时段的各小时，作为估算"
    ),
    "repeats line (.+) exactly; counted once": "和第 {0} 行完全重复，只算一次",
    "the period overlaps that of line (.+)": "时段和第 {0} 行的重叠",
}
_REMEDIES = {
    "write it as (.+)": "写成 {0}",
    "write it without a sign": "不要写正负号",
    "put energy that went to the grid into export_kwh": "送电网的电量写到 export_kwh 列",
    "write actual, estimated or missing": "写 actual、estimated 或 missing",
    "write Wh, kWh or MWh": "写 Wh、kWh 或 MWh",
    "use kWh, Wh, MWh, kVArh, VArh or MVArh": "用 kWh、Wh、MWh、kVArh、VArh 或 MVArh",
    "write kWh as a number": "kWh 写成数字",
    "give a whole number": "写整数",
    "check the unit": "核对单位",
    "correct it": "改正它",
    "give one cell for each column": "每列一格",
    "(.+); write decimals with a point and no thousands separators, or quote them": (
        "{0}；小数点用“.”，不用千位分隔符，或加引号"
    ),
    "give ([^ ]+): (.+)": "写 {0} 格：{1}",
    "export it again": "重新导出",
    "(?:copy or )?download it again": "重新下载后再传",
    "write it again": "重新生成后再传",
    "check the path": "核对路径",
    "rename the file": "改文件名",
    "give one file": "给一个文件",
    "save it to a file and give that": "存成文件再传",
    "ask for the right to read it, or copy it": "请求读取权限，或另存一份",
    "save the sheet as CSV and give that": "把表格另存为 CSV 再传",
    "export the reads as CSV and give that": "把读数导出为 CSV 再传",
    "give CSV, Parquet, Green Button XML or NEM12": "请给 CSV、Parquet、Green Button XML 或 NEM12",
    "sign in where you downloaded it and try again": "到下载的网站登录后重新下载",
    "unpack it and give the files": "解开后传里面的文件",
    "split it: at most (.+)": "拆成几个，每个最多 {0}",
    "split the file": "拆成几个文件",
    "look for a wrong year": "看看年份是否写错",
    "correct the dates": "改正日期",
    "name the zone if people live in another": "如果用户不在这个时区，请写明时区",
    "name the zone if it is another": "如果是别的时区，请写明",
    "name the zone": "写明时区",
    "write the offset in all rows": "每行都写时差",
    "write the UTC offset in every row, or correct the time": "每行都写 UTC 时差，或改正时间",
    "if they are ends, name the column end_time": "如果是结束时间，列名写 end_time",
    "keep the right one": "只留正确的一行",
    "keep the right one; for a repeated hour at a clock change write UTC offsets or name the zone": (
        "只留正确的一行；拨钟时重复的一小时，请写 UTC 时差或写明时区"
    ),
    "name the columns: timestamp, or date and time, or date and hour": (
        "写明列名：timestamp，或 date 和 time，或 date 和 hour"
    ),
    "name the columns timestamp,kwh \\(and kvarh, export_kwh\\)": "列名写 timestamp,kwh（另可有 kvarh、export_kwh）",
    "name the columns timestamp and kwh": "列名写 timestamp 和 kwh",
    "write timestamp,kwh on each line": "每行写 timestamp,kwh",
    "add a header: timestamp,kwh,kvarh,export_kwh": "加上表头：timestamp,kwh,kvarh,export_kwh",
    "name it timestamp": "列名写 timestamp",
    "add a column named date": "加一列 date",
    "give at least two reads": "至少给两个读数",
    "give reads every 5, 15, 30 or 60 minutes, or one a day": "请给 5、15、30、60 分钟或一天一个的读数",
    "give one interval length in a file for each usage point": "一个文件里每个计量点只用一种间隔",
    "give the start of each interval: 00:00, 00:15, …": "写每个间隔的开始：00:00、00:15……",
    "give the start of the interval": "写间隔的开始时间",
    "correct the time, or give one interval length throughout": "改正时间，或全文件用同一间隔",
    "send whole quarter hours": "请给完整的一刻",
    "give the energy of each interval in kWh": "写每个间隔的电量，单位 kWh",
    "register the meter, then import the file again": "先登记电表，再传一次",
    "record the installation of the meter, then import the file again": "先登记挂表，再传一次",
    "add a column with the meter, or say which one with --meter": "加一列表号，或在传文件时写明计量点",
    "name the usage point or the meter(?: instead)?": "请写计量点或表号",
    "give interval reads, or a file of register readings": "请给间隔读数，或表底文件",
    # Green Button
    'download the usage \\("Download my data", Batch/Subscription\\) with interval reads and give that': (
        "下载带间隔读数的用电数据（“Download my data”，Batch/Subscription）再传"
    ),
    "remove the <!DOCTYPE …> declaration": "去掉 <!DOCTYPE …> 声明",
    "ask for the electricity usage of the account": "请对方提供这一户的用电数据",
    "ask for interval data": "请对方提供间隔读数",
    "add the ReadingType entry with uom and powerOfTenMultiplier": "加上带 uom 和 powerOfTenMultiplier 的 ReadingType",
    "give -12 to 9": "写 -12 到 9",
    "check powerOfTenMultiplier": "核对 powerOfTenMultiplier",
    "correct it, or give interval reads": "改正它，或给间隔读数",
    "use flowDirection 19 for energy to the grid, or 4 for net reads": ("送电网用 flowDirection 19，净电量用 4"),
    "give timePeriod with start and duration": "写 timePeriod，带 start 和 duration",
    "give seconds since 1970": "写 1970 年以来的秒数",
    "give its length in seconds": "写它有多少秒",
    # NEM12, NEM13
    "ask the data provider for the (?:interval|metering) data": "请数据提供方给出读数",
    "use 100, (.+) or 900": "用 100、{0} 或 900",
    "begin the file with (.+)": "文件以 {0} 开头",
    "move the 900 record to the end": "把 900 记录移到末尾",
    "write 100,NEM12,…": "写 100,NEM12,…",
    "give ten letters and digits": "写 10 位字母和数字",
    "give a suffix such as E1 or B1": "写 E1、B1 这样的后缀",
    "give 5, 15 or 30 minutes": "写 5、15 或 30 分钟",
    "correct IntervalLength in the 200 record, or the reads": "改正 200 记录里的 IntervalLength，或改正读数",
    "give A, V, N, or E, F, S with a method": "写 A、V、N，或带方法的 E、F、S",
    "give A, N, or E, F, S with a method": "写 A、N，或带方法的 E、F、S",
    "give a range within 1 to (.+)": "写 1 到 {0} 之内的范围",
    "write V in the 300 record": "在 300 记录里写 V",
    "add 400 records for all intervals": "给每个间隔加上 400 记录",
    "get the whole file, or add 900": "取完整的文件，或加上 900",
    "add the (.+) record": "加上 {0} 记录",
    "give energy sent to the grid in a B channel": "送电网的电量写在 B 通道",
    "give energy sent to the grid with direction I": "送电网的电量方向写 I",
    "give each interval once": "每个间隔只写一次",
    "give each period once": "每个时段只写一次",
    "give the later one a later UpdateDateTime": "较晚的一份写较晚的 UpdateDateTime",
    "give E \\(to the customer\\) or I \\(from the customer\\)": "写 E（给用户）或 I（来自用户）",
}
PARTS = {
    "this file": "这个文件",
    "an hour": "1 小时",
    "([0-9]+) seconds": "{0} 秒",
    "([0-9]+) minutes": "{0} 分钟",
    "([0-9]+) hours": "{0} 小时",
    "([0-9]+) days": "{0} 天",
    "one gap": "1 处",
    "([0-9,]+) gaps": "{0} 处",
    "(UTC[^ ]+) and (UTC[^ ]+)": "{0} 和 {1}",
    "give ([0-9]+): (.+)": "写 {0} 格：{1}",
    "a PDF document": " PDF 文档",
    "an old Excel or Word document": "旧版 Excel 或 Word 文档",
    "a picture": "图片",
    "a program": "程序",
    "a database": "数据库",
    "an? (7z|RAR|bzip2|xz) archive": " {0} 压缩包",
    "the registration of an application": "应用的注册信息",
    "an authorization between companies": "企业之间的授权",
    "customer data \\(names, accounts, addresses\\)": "客户资料（姓名、户号、地址）",
    "monthly summaries without interval reads": "没有间隔读数的月度汇总",
    "the description of a meter without its interval reads": "没有间隔读数的电表说明",
    "the description of a usage point without its interval reads": "没有间隔读数的计量点说明",
}
"""What fills gaps and is ours, not the file's."""
_BOOKS = {"problem": Phrasebook(_PROBLEMS, PARTS), "remedy": Phrasebook(_REMEDIES, PARTS)}


def say_in_chinese(text: str, kind: str) -> str | None:
    """
    Say a problem or a remedy in Chinese; None where it is not known.

    :param kind: `problem` or `remedy`.
    """
    return _BOOKS[kind].say(text) if text else ""


def word_fault(text: str, kind: str) -> tuple[str, str]:
    """Give what is said in the language of the page, and the language it is in where that is another one."""
    if not formats.is_chinese():
        return text, ""
    said = say_in_chinese(text, kind)
    return (text, "en") if said is None else (said, "")
