"""The words of signing in: refusals, ways in, devices, reasons."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from gridhall.apps.identity.actions import UnableToSendCode, UnableToUseCode
from gridhall.core.errors import BusinessError

REFUSALS: dict[str, Any] = {
    "wrong-credentials": gettext_lazy("手机号或密码不对。"),
    "throttled": gettext_lazy("试错次数太多。请等十五分钟再试，或用短信验证码登录。"),
    "closed": gettext_lazy("这个用户已停用，请到供电营业厅办理。"),
    "unknown-passkey": gettext_lazy("这里不认识这把通行密钥，请换一种方式。"),
    "no-mobile": gettext_lazy("请填写 11 位手机号，例如 13812345678。"),
    "not-sent": gettext_lazy("短信没有发出去，请过一分钟再试。"),
    "code-expired": gettext_lazy("验证码已过期，请重新获取。"),
    "code-used": gettext_lazy("验证码已经用过，请重新获取。"),
    "code-used-up": gettext_lazy("试错次数太多，请重新获取验证码。"),
    "not-proved": gettext_lazy("请先确认是您本人。"),
    "too-many": gettext_lazy("通行密钥最多 10 把，请先删除一把。"),
    "too-late": gettext_lazy("等得太久了，请再试一次。"),
    "faulty-passkey": gettext_lazy("通行密钥没有通过检查，请再试一次。"),
    "known-passkey": gettext_lazy("这把通行密钥已经添加过。"),
    "no-name": gettext_lazy("请填写名称。"),
    "linked-elsewhere": gettext_lazy("它已绑定另一个用户。请先用那个用户登录并解绑。"),
    "other-linked": gettext_lazy("这个手机号已绑定另一个同类账号。请先用手机号登录并解绑。"),
    "silent": gettext_lazy("对方没有回应，请稍后再试，或用短信验证码登录。"),
    "refused": gettext_lazy("对方没有确认身份，请再试一次。"),
    "faulty-answer": gettext_lazy("对方的回答无法核实，请用短信验证码登录。"),
    "staff": gettext_lazy("员工用户由管理员停用。"),
    "asked-already": gettext_lazy("已经申请过注销。"),
    "own-role": gettext_lazy("不能更改自己的岗位，请另一位管理员办理。"),
    "no-administrator": gettext_lazy("只有系统管理员能更改岗位。"),
    "no-such-role": gettext_lazy("没有这个岗位。"),
    "not-staff": gettext_lazy("这不是在用的员工用户。"),
    "duties-conflict": gettext_lazy("这个岗位与他现有的岗位不能由同一人担任。"),
    "changed-meanwhile": gettext_lazy("他的岗位刚刚被改过，请再看一下。"),
    "not-held": gettext_lazy("他没有这个岗位。"),
    "not-allowed": gettext_lazy("请先出示现有的第二重验证。"),
    "wrong-passkey": gettext_lazy("这把通行密钥属于别人。"),
    "unknown-at-work": gettext_lazy("公司统一登录里的您，在这里还不是员工用户。请找系统管理员添加。"),
    "customer-at-work": gettext_lazy("您的手机号在这里是客户。请找系统管理员用工作手机号添加。"),
    "directory-settings": gettext_lazy("公司统一登录的设置有误，请告诉系统管理员；现在请用手机号和密码登录。"),
    "linked-at-work": gettext_lazy("这个员工用户已与统一登录里的另一个人绑定，请找系统管理员。"),
    "wrong-code": gettext_lazy("验证码不对，或已经用过。"),
}
WEAKNESSES: dict[str, Any] = {
    "A password has at least 8 characters.": gettext_lazy("密码至少 8 个字符。"),
    "A password has at most 128 characters.": gettext_lazy("密码最多 128 个字符。"),
    "A password must not contain your phone number or name.": gettext_lazy("密码不能包含手机号或姓名。"),
    "This password is too easy to guess; choose another.": gettext_lazy("这个密码太容易猜到，请换一个。"),
    "This password is too common; choose another.": gettext_lazy("这个密码太常见，请换一个。"),
}
PROVIDERS: dict[str, Any] = {"WECHAT": gettext_lazy("微信"), "ALIPAY": gettext_lazy("支付宝")}
METHODS: dict[str, Any] = {
    "PASSWORD": gettext_lazy("密码"),
    "CODE": gettext_lazy("短信验证码"),
    "PASSKEY": gettext_lazy("通行密钥"),
    "OIDC": gettext_lazy("公司统一登录"),
    "OTHER": gettext_lazy("其他方式"),
} | PROVIDERS
REASONS: dict[str, Any] = {
    "ENDED": gettext_lazy("这台设备已在别处退出登录。"),
    "CREDENTIALS_CHANGED": gettext_lazy("密码或登录方式改过了，请重新登录。"),
    "IDLE": gettext_lazy("很久没有使用，已自动退出。请重新登录。"),
    "TOO_OLD": gettext_lazy("登录已到期，请重新登录。"),
    "OTHER_DEVICE": gettext_lazy("发现您的登录出现在另一台设备上，为保护账号已经退出。请重新登录。"),
    "OTHER_NETWORK": gettext_lazy("网络换了，为保护账号已经退出。请重新登录。"),
}
BROWSERS: dict[str, Any] = {
    "WeChat": gettext_lazy("微信"),
    "Alipay": gettext_lazy("支付宝"),
    "QQ": gettext_lazy("QQ 浏览器"),
    "UC": gettext_lazy("UC 浏览器"),
    "Huawei": gettext_lazy("华为浏览器"),
    "Samsung": gettext_lazy("三星浏览器"),
    "MIUI": gettext_lazy("小米浏览器"),
    "?": gettext_lazy("未知浏览器"),
}
SYSTEMS: dict[str, Any] = {"HarmonyOS": gettext_lazy("鸿蒙"), "?": gettext_lazy("未知设备")}


def word_refusal(refusal: BusinessError) -> str:
    """Say in the page's language why it was refused."""
    if isinstance(refusal, UnableToUseCode) and refusal.code == "wrong-code":
        return _("验证码不对，还可以试 %(count)s 次。") % {"count": refusal.tries_left}
    if isinstance(refusal, UnableToSendCode) and refusal.code == "wait":
        if refusal.wait_s <= 90:
            return _("请等 %(seconds)s 秒再获取验证码。") % {"seconds": refusal.wait_s}
        minutes = -(-refusal.wait_s // 60)
        return _("验证码获取得太多，请等 %(minutes)s 分钟，或换一种方式登录。") % {"minutes": minutes}
    if refusal.code == "weak-password":
        return str(WEAKNESSES.get(refusal.message, refusal.message))
    return str(REFUSALS.get(refusal.code, refusal.message))
