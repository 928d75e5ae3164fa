"""Names, phones and addresses of people and firms who do not exist."""

from __future__ import annotations

from random import Random

_SURNAMES = (
    "覃向田彭冉秦杨张李王刘陈黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾吕苏"
    "卢蒋蔡贾丁魏薛叶阎余潘杜戴夏钟汪"
)
_GIVEN = (
    "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超兰霞平刚桂英华玉萍红梅建国志文斌辉鹏波鑫宇浩凯健俊帆雪琳"
    "慧巧美云莲真环翠雅芝玉琼勤珍贞莉香月莺媛"
)
CHAIN_NAME, CHAIN_SHOP = "咸丰县唐崖便利连锁有限公司", "唐崖便利"
_SHOP_WORDS = [
    "鲜果",
    "早点",
    "百货",
    "五金",
    "药房",
    "烟酒",
    "土家菜馆",
    "理发",
    "服饰",
    "超市",
    "茶庄",
    "家电",
    "文具",
    "农资",
    "宾馆",
    "干洗",
]
_FIRM_WORDS = ["茶业", "建材", "机械", "食品", "农业开发", "矿业", "纺织", "木业", "水泥", "电子", "药业", "冷链物流"]
_STREETS = ["解放路", "楚蜀大道", "荆南路", "唐崖路", "建设街", "老街", "新街", "河滨路", "学堂路", "茶山路"]

INDUSTRIES = {
    "shop": ["5211", "6210", "5225", "8040", "6110"],
    "enterprise": ["1530", "3011", "1351", "2030", "3311", "0810"],
}


def make_person_name(random: Random) -> str:
    """Make a name of two or three characters."""
    given = random.choice(_GIVEN) + (random.choice(_GIVEN) if random.random() < 0.72 else "")
    return random.choice(_SURNAMES) + given


def make_shop_name(random: Random) -> str:
    """Make the name of a shop."""
    return f"{random.choice(_SURNAMES)}记{random.choice(_SHOP_WORDS)}店"


def make_firm_name(random: Random, town: str) -> str:
    """Make the name of a firm."""
    brand = random.choice(_GIVEN) + random.choice(_GIVEN)
    return f"咸丰县{town.rstrip('镇乡区')}{brand}{random.choice(_FIRM_WORDS)}有限公司"


def make_phone(index: int) -> str:
    """Make a phone number that is plainly made up (1990…)."""
    return f"1990{index:07d}"


def shorten_village(name: str) -> str:
    """Give a village or community its everyday name."""
    return name.replace("居民委员会", "").replace("村民委员会", "村").replace("村村", "村")


def make_address(random: Random, *, village: str, is_city: bool) -> str:
    """Make an address within a village or community."""
    short = shorten_village(village)
    if is_city:
        return f"{short}{random.choice(_STREETS)}{random.randint(1, 288)}号"
    return f"{short}{random.randint(1, 12)}组{random.randint(1, 90)}号"
