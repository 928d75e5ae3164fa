"""Settings of the whole house. Secrets and addresses come from the environment; everything has a working default."""

from __future__ import annotations

import os
from pathlib import Path

from gridhall.config import data_folder, database, night_hour, secret_key

BASE_DIR = Path(__file__).resolve().parent.parent
DATA_DIR = data_folder.get_data_folder()
GRIDHALL_ID_KEY = secret_key.get_id_key(DATA_DIR)
GRIDHALL_VAPID_KEY = secret_key.get_vapid_key(DATA_DIR)
GRIDHALL_VAPID_CONTACT = os.environ.get("GRIDHALL_VAPID_CONTACT", "mailto:webmaster@localhost")
# The push services of the browsers; a name that begins with a dot stands for every host below it.
GRIDHALL_PUSH_HOSTS = os.environ.get(
    "GRIDHALL_PUSH_HOSTS", "fcm.googleapis.com,.push.services.mozilla.com,.notify.windows.com,.push.apple.com"
).split(",")
DEBUG = os.environ.get("GRIDHALL_DEBUG", "") == "1"
SECRET_KEY = secret_key.get_secret_key(DATA_DIR)
ALLOWED_HOSTS = os.environ.get("GRIDHALL_ALLOWED_HOSTS", "localhost,127.0.0.1,[::1]").split(",")
CSRF_TRUSTED_ORIGINS = [origin for origin in os.environ.get("GRIDHALL_TRUSTED_ORIGINS", "").split(",") if origin]

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "django_htmx",
    "axes",
    "pgtrigger",
    "procrastinate.contrib.django",
    "gridhall.core",
    "gridhall.apps.identity",
    "gridhall.apps.notifications",
    "gridhall.apps.accounts",
    "gridhall.apps.tariffs",
    "gridhall.apps.metering",
    "gridhall.apps.billing",
    "gridhall.apps.workforce",
    "gridhall.interfaces.shared",
    "gridhall.interfaces.portal",
    "gridhall.interfaces.console",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.middleware.gzip.GZipMiddleware",
    "gridhall.interfaces.shared.security_headers.SecurityHeadersMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "gridhall.interfaces.shared.session_watch.SessionWatchMiddleware",
    "gridhall.interfaces.shared.preferences.PreferencesMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "axes.middleware.AxesMiddleware",
]

ROOT_URLCONF = "gridhall.config.urls"
ASGI_APPLICATION = "gridhall.config.asgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "gridhall.interfaces.shared.preferences.preferences",
                "gridhall.interfaces.shared.device_keys.device",
                "gridhall.interfaces.shared.web_views.web_view",
            ],
        },
    }
]

DATABASES = {"default": database.get_database(DATA_DIR)}
GRIDHALL_PREPARED = os.environ.get("GRIDHALL_PREPARED", "1") != "0"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

AUTH_USER_MODEL = "identity.User"
AUTHENTICATION_BACKENDS = ["axes.backends.AxesStandaloneBackend", "gridhall.config.authentication.UserBackend"]
SESSION_ENGINE = "gridhall.config.sessions"
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
AXES_FAILURE_LIMIT = 8
AXES_COOLOFF_TIME = 0.25
AXES_DISABLE_ACCESS_LOG = True  # who signed in from where is kept once, in identity, for as long as it is needed
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_HTTP_RESPONSE_CODE = 429
AXES_LOCKOUT_CALLABLE = "gridhall.interfaces.portal.views.identity.answer_lockout"
AXES_CLIENT_IP_CALLABLE = "gridhall.apps.identity.queries.get_address"
# How many of the company's own proxies stand before the server: only so many hops of X-Forwarded-For are believed.
GRIDHALL_PROXIES = int(os.environ.get("GRIDHALL_PROXIES", "0"))
LOGIN_URL = "portal:sign-in"
LOGIN_REDIRECT_URL = "portal:home"

CACHES = {
    "default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache", "LOCATION": "default"},
    # Parts of pages, kept in each server process until the data changes (interfaces/shared/data_version.py).
    "pages": {
        "BACKEND": "django.core.cache.backends.locmem.LocMemCache",
        "LOCATION": "pages",
        "TIMEOUT": 900,
        "OPTIONS": {"MAX_ENTRIES": 4_000},
    },
    # The same for all processes of one server: what one has drawn the others need not draw. The supervisor names an
    # empty folder at each start; without one nothing is kept.
    "shared_pages": (
        {
            "BACKEND": "gridhall.config.shared_pages.SharedPages",
            "LOCATION": os.environ["GRIDHALL_PAGES"],
            "TIMEOUT": 900,
            "OPTIONS": {"MAX_ENTRIES": 20_000},
        }
        if os.environ.get("GRIDHALL_PAGES")
        else {"BACKEND": "django.core.cache.backends.dummy.DummyCache"}
    ),
}

LANGUAGE_CODE = "zh-hans"
LANGUAGES = [("zh-hans", "中文"), ("en", "English")]
LOCALE_PATHS = [BASE_DIR / "interfaces" / "shared" / "locale"]
USE_I18N = True
USE_TZ = True
TIME_ZONE = os.environ.get("GRIDHALL_ZONE", "Asia/Shanghai")
GRIDHALL_NIGHT_HOUR = night_hour.read_night_hour(os.environ.get("GRIDHALL_NIGHT_HOUR", ""))

STATIC_URL = "/static/"
STATIC_ROOT = DATA_DIR / "static"
STATICFILES_FINDERS = [
    "django.contrib.staticfiles.finders.FileSystemFinder",
    "django.contrib.staticfiles.finders.AppDirectoriesFinder",
    "gridhall.interfaces.shared.style_bundles.BundleFinder",
]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}

GRIDHALL_INTERVAL_STORE = Path(os.environ.get("GRIDHALL_INTERVAL_STORE", DATA_DIR / "intervals"))
GRIDHALL_DROP_FOLDER = Path(os.environ.get("GRIDHALL_DROP_FOLDER", DATA_DIR / "drop"))
GRIDHALL_READ_FILES = Path(os.environ.get("GRIDHALL_READ_FILES", DATA_DIR / "read_files"))
# Bytes, as they are sent: of one file of staff, and of one request of theirs (what others may send: shared/uploads.py).
GRIDHALL_LARGEST_READ_FILE = int(os.environ.get("GRIDHALL_LARGEST_READ_FILE", "500000000"))
GRIDHALL_LARGEST_UPLOAD = int(os.environ.get("GRIDHALL_LARGEST_UPLOAD", "2000000000"))
GRIDHALL_UPLOADS = Path(os.environ.get("GRIDHALL_UPLOADS", DATA_DIR / "uploads"))
# Who checks documents and faces: off (only the counter), sandbox (test cards), the https address of a vendor; `auto` is
# the sandbox in a demo county, and else off.
GRIDHALL_IDENTITY_CHECKS = os.environ.get("GRIDHALL_IDENTITY_CHECKS", "auto")
GRIDHALL_IDENTITY_CHECKS_KEY = os.environ.get("GRIDHALL_IDENTITY_CHECKS_KEY", "")
GRIDHALL_IDENTITY_CHECKS_SECRET = os.environ.get("GRIDHALL_IDENTITY_CHECKS_SECRET", "")
# The living style guide at /styleguide/ is for those who build; a company's server does not show it.
GRIDHALL_STYLEGUIDE = DEBUG or os.environ.get("GRIDHALL_STYLEGUIDE", "") == "1"
GRIDHALL_CATALOGUE = BASE_DIR / "catalogue"

PROCRASTINATE_WORKER_DEFAULTS = {"concurrency": 2, "delete_jobs": "successful", "shutdown_graceful_timeout": 10}

FILE_UPLOAD_HANDLERS = [
    "gridhall.interfaces.shared.uploads.PageUploadHandler",
    "django.core.files.uploadhandler.MemoryFileUploadHandler",
    "django.core.files.uploadhandler.TemporaryFileUploadHandler",
]

# `sandbox` keeps messages in a file that `gridhall outbox` prints; else the https address of the company's gateway.
GRIDHALL_SMS = os.environ.get("GRIDHALL_SMS", "sandbox")
GRIDHALL_SMS_SECRET = os.environ.get("GRIDHALL_SMS_SECRET", "")
GRIDHALL_CODES_A_MINUTE = int(os.environ.get("GRIDHALL_CODES_A_MINUTE", "600"))
GRIDHALL_COMPANY_SHORT = os.environ.get("GRIDHALL_COMPANY_SHORT", "网上电厅")
# Signing in by WeChat and Alipay: `vendors` asks theirs, `sandbox` ours (nobody's accounts), `off` neither; `auto` is
# vendors where keys are given, the sandbox in a demo county, and else off.
GRIDHALL_SIGN_IN = os.environ.get("GRIDHALL_SIGN_IN", "auto")
GRIDHALL_WECHAT = {
    "app_id": os.environ.get("GRIDHALL_WECHAT_APP_ID", ""),
    "secret": os.environ.get("GRIDHALL_WECHAT_SECRET", ""),
}
GRIDHALL_ALIPAY = {
    "app_id": os.environ.get("GRIDHALL_ALIPAY_APP_ID", ""),
    "private_key_file": os.environ.get("GRIDHALL_ALIPAY_PRIVATE_KEY_FILE", ""),
    "alipay_public_key_file": os.environ.get("GRIDHALL_ALIPAY_PUBLIC_KEY_FILE", ""),
}
# Signing in of staff by the company's directory (OpenID Connect); docs/how-to/staff-sign-in.md says what each is for.
GRIDHALL_OIDC = {
    "issuer": os.environ.get("GRIDHALL_OIDC_ISSUER", ""),
    "client_id": os.environ.get("GRIDHALL_OIDC_CLIENT_ID", "gridhall"),
    "client_secret": os.environ.get("GRIDHALL_OIDC_CLIENT_SECRET", ""),
    "scope": os.environ.get("GRIDHALL_OIDC_SCOPE", "openid profile email phone"),
    "role_claim": os.environ.get("GRIDHALL_OIDC_ROLE_CLAIM", "groups"),
    "roles": os.environ.get("GRIDHALL_OIDC_ROLES", ""),
    "link_by": os.environ.get("GRIDHALL_OIDC_LINK_BY", "phone"),
    "makes_users": os.environ.get("GRIDHALL_OIDC_MAKES_USERS", "") == "1",
    "second_factors": os.environ.get("GRIDHALL_OIDC_SECOND_FACTORS", ""),
}

SESSION_COOKIE_AGE = 30 * 24 * 3600
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = os.environ.get("GRIDHALL_HTTPS", "") == "1"
if SESSION_COOKIE_SECURE:  # browsers let nobody else set cookies of such names
    SESSION_COOKIE_NAME, CSRF_COOKIE_NAME = "__Host-sessionid", "__Host-csrftoken"
    # Told on encrypted answers only; from then on browsers come by HTTPS for a year, whatever leads them here.
    SECURE_HSTS_SECONDS = 365 * 24 * 3600
if GRIDHALL_PROXIES:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "handlers": {"console": {"class": "logging.StreamHandler"}},
    "root": {"handlers": ["console"], "level": os.environ.get("GRIDHALL_LOG_LEVEL", "WARNING")},
}
