"""How what has to do with accounts, accesses and names is called on screen, and why something was refused."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _

SCOPES: dict[str, Any] = {
    "VIEW_BILLS": (_("看账单"), _("每月电费和明细")),
    "VIEW_USAGE": (_("看用电"), _("每天、每小时用了多少电")),
    "PAY": (_("交电费"), _("替这个户号交费")),
    "APPLY": (_("办业务"), _("替这个户号申请用电业务")),
    "MANAGE": (_("管理查看权限"), _("再让别人看，也能收回")),
}
ROLES: dict[str, Any] = {
    "OWNER": _("户主"),
    "FAMILY": _("家人"),
    "STAFF": _("员工"),
    "AGENT": _("受托人"),
}
METHODS: dict[str, Any] = {
    "AUTO_MATCH": _("手机号和姓名与登记一致"),
    "NUMBER_CHECK": _("填户号并核对登记信息"),
    "METER_BARCODE": _("扫电表条码并核对登记信息"),
    "COUNTER": _("营业厅办理"),
    "COUNTER_SLIP": _("营业厅绑定码"),
    "GRANTED": _("由他人授权"),
}
ENDINGS: dict[str, Any] = {
    "OPEN": _("现在能看"),
    "EXPIRED": _("到期结束"),
    "GIVEN_UP": _("自己解绑"),
    "ENDED": _("被收回"),
    "REPLACED": _("权限有改动"),
}
TAGS = (_("我的家"), _("爸妈家"), _("出租房"), _("店铺"), _("2 号店"), _("厂房"), _("老家"))

BINDING: dict[str, Any] = {
    "wrong": _("填的内容和登记的不一致。请对照电费单核对，或到营业厅办理。"),
    "throttled": _("试的次数太多了。请半小时后再试，或带身份证到营业厅办理。"),
    "already-bound": _("您已经绑定了这个户号。"),
    "owner-exists": _("这个户号已经有户主绑定。请到营业厅核实。"),
    "not-staff": _("这种方式只能在营业厅办理。"),
}
PICTURES: dict[str, Any] = {
    "empty": _("这个文件是空的，请换一张照片。"),
    "heif": _("这是 HEIC 格式的照片，请换成 JPG，或直接拍一张。"),
    "pdf": _("这是 PDF，请拍一张照片。"),
    "no-picture": _("这不是照片。请选 JPG、PNG 或 WebP 图片。"),
    "too-large": _("照片太大了。请选 15 MB 以内的照片。"),
    "too-small": _("照片太小，看不清。请靠近再拍一张。"),
    "broken": _("照片打不开，可能没有传完。请再选一次。"),
    "no-code": _("没有找到条码。请对准电表上的条码，光线亮一些，再拍一张；或者直接填表号。"),
}
SHARING: dict[str, Any] = {
    "no-phone-number": _("这不是手机号，请写成 13800000000。"),
    "own-number": _("这是您自己的手机号。"),
    "no-scope": _("请至少选一项。"),
    "days": _("最后一天要在今天以后。"),
    "beyond-scopes": _("您自己没有的权限，不能给别人。"),
    "beyond-end": _("您自己的权限先到期，给别人的不能更长。"),
    "may-not-manage": _("您没有管理这个户号查看权限的权力。"),
    "may-not": _("这一项不由您管理，请联系户主。"),
    "already-sees": _("这个手机号已经能看这个户号了，可以直接改权限。"),
    "already-ended": _("这一项已经结束了。"),
    "too-many": _("等待接受的邀请太多了，请先撤回几个。"),
    "not-yours": _("这个邀请不是发给您的手机号的。"),
    "answered": _("这个邀请已经处理过了。"),
    "withdrawn": _("这个邀请已经失效。需要的话，请对方再发一次。"),
    "expired": _("这个邀请过期了。需要的话，请对方再发一次。"),
    "role": _("请选家人、员工或受托人。"),
    "unknown-scope": _("请在列出的选项里选择。"),
}
RESTORING: dict[str, Any] = {
    "too-late": _("过了半小时，不能撤销了。请重新绑定。"),
    "changed": _("这个户号的情况变了，不能撤销。请重新绑定。"),
    "owner-exists": _("这个户号已经有别的户主，不能撤销。请到营业厅核实。"),
    "already-bound": _("您已经重新绑定了这个户号。"),
    "not-yours": _("这不是您自己解绑的，不能撤销。"),
}
TOLD: dict[str, Any] = {
    "bound": _("绑定好了。"),
    "tagged": _("名字改好了。"),
    "main": _("已设为默认户号。"),
    "unbound": _("已解绑。"),
    "restored": _("已撤销解绑，和以前一样。"),
    "invited": _("邀请已发出。请对方用这个手机号登录，在“我的”里接受。"),
    "changed": _("权限改好了。"),
    "ended": _("已收回，对方马上看不到了。"),
    "withdrawn": _("邀请已撤回。"),
    "accepted": _("已接受，现在可以看这个户号了。"),
    "declined": _("已谢绝。"),
    "consented": _("已记下您的同意。"),
    "unconsented": _("已撤回同意。"),
    "merged": _("已合并，原来的户号都在这里了。"),
    "waiting": _("授权书已收到，我们会在审核后告诉您结果。"),
    "verified": _("认证通过。"),
    "business": _("企业认证通过，可以绑定它的户号了。"),
}
LEVELS: dict[str, Any] = {
    "NONE": (_("未验证"), _("手机号还没有验证")),
    "PHONE": (_("手机号已验证"), _("知道这个手机号是您的")),
    "DOCUMENT": (_("身份证已核验"), _("身份证和本人都核对过")),
    "COUNTER": (_("柜台已核验"), _("工作人员当面看过证件")),
}
ALLOWED: dict[str, Any] = {
    "BIND_BY_CHECK": _("核对登记信息后绑定户号，看账单和用电"),
    "FIND_OWN": _("自动找到自己名下的户号，绑定成户主"),
    "ACCEPT_INVITATIONS": _("接受别人给您的查看权限"),
    "OWN_BY_DOCUMENT": _("自己名下的户号，换了手机号也能直接绑定成户主"),
    "ACT_FOR_COMPANY": _("申请代表企业管理户号"),
    "MERGE_OWN_USERS": _("把自己的旧账号合并过来"),
}
CHECKS: dict[str, Any] = {
    "off": _("现在只在营业厅核验身份证。"),
    "no-name": _("请按证件填写姓名。"),
    "no-id-number": _("身份证号不对，请逐位核对。"),
    "no-consent": _("不同意就不能核对证件和人脸。您也可以到营业厅办理。"),
    "already": _("您已经核验过了。"),
    "too-many": _("今天试的次数太多了。请明天再试，或到营业厅办理。"),
    "expired": _("时间过了半小时，照片已删除。请重新开始。"),
    "no-document": _("请先拍身份证。"),
    "document-unreadable": _("身份证照片看不清。请放平、避开反光，再拍一张。"),
    "no-face": _("照片里没有看到人脸。请正对镜头，再拍一张。"),
    "unavailable": _("核验服务暂时没有回应。请稍后再试，您填的没有丢。"),
    "wrong-number": _("姓名和身份证号对不上。请核对后重新开始。"),
    "other-document": _("照片里的身份证和填写的号码不一致。"),
    "other-face": _("照片和身份证不是同一个人。请本人核验，或到营业厅办理。"),
    "expired-document": _("身份证过期了。请换领新证后再来，或到营业厅办理。"),
    "other-name": _("这个号码登记在另一个名字下。请带证件到营业厅核实。"),
    "other-person": _("这个账号已经核验为另一个人。请带证件到营业厅核实。"),
    "replaced": _("您重新开始了一次核验。"),
}
BUSINESSES: dict[str, Any] = {
    "no-name": _("请按营业执照填写企业名称。"),
    "no-credit-code": _("统一社会信用代码不对，请逐位核对。"),
    "level": _("请先核验您本人的身份证。"),
    "off": _("现在只在营业厅办理企业认证。"),
    "unavailable": _("登记查询暂时没有回应。请稍后再试。"),
    "too-many": _("今天试的次数太多了。请明天再试，或到营业厅办理。"),
    "waiting": _("这家企业的授权书正在审核，不用再交。"),
    "already": _("您已经可以代表这家企业。"),
    "not-found": _("没有查到这个信用代码，请核对。"),
    "other-name": _("信用代码和企业名称对不上，请按营业执照填写。"),
    "not-active": _("这家企业的登记状态不正常，请带材料到营业厅办理。"),
    "letter-needed": _("您不是法定代表人，请上传盖章的授权书。"),
    "expired": _("授权到期了。"),
}
CHECK_STATES: dict[str, Any] = {
    "WAITING": _("审核中"),
    "PASSED": _("已通过"),
    "REFUSED": _("未通过"),
}
CONSENTS: dict[str, Any] = {
    "SERVICE_MESSAGES": (_("服务通知"), _("停电、账单和业务进度的消息")),
    "MARKETING": (_("优惠和活动"), _("节能活动、优惠套餐的消息")),
    "PROFILING": (_("个性化用电建议"), _("按您的用电情况给建议")),
    "SHARE_WITH_PARTNERS": (_("与合作方共享"), _("把必要信息给您选的合作方")),
    "SPECIAL_CARE": (_("重点照顾登记"), _("家里有老人、病人时停电前先联系您")),
}


def get_refusal(words: dict[str, Any], code: str) -> Any:
    """Give the words of a refusal; for one without words, what always helps."""
    return words.get(code, _("现在办不了。请稍后再试，或到营业厅办理。"))
