/// Debian's packages that the oracles' modules come from, with what they import.
enum OraclePackages {
  static let cloudInit = [
    "cloud-init", "python3-certifi", "python3-chardet", "python3-charset-normalizer", "python3-configobj",
    "python3-idna", "python3-jinja2", "python3-json-pointer", "python3-jsonpatch", "python3-markupsafe",
    "python3-oauthlib", "python3-pkg-resources", "python3-requests", "python3-setuptools", "python3-six",
    "python3-urllib3", "python3-yaml",
  ]

  static let nova = [
    "python3-alembic", "python3-anyjson", "python3-appdirs", "python3-attr", "python3-autopage",
    "python3-barbicanclient", "python3-bcrypt", "python3-castellan", "python3-certifi", "python3-cffi",
    "python3-cffi-backend", "python3-chardet", "python3-charset-normalizer", "python3-cliff", "python3-cryptography",
    "python3-cursive", "python3-dateutil", "python3-debtcollector", "python3-decorator", "python3-dnspython",
    "python3-dogpile.cache", "python3-eventlet", "python3-fasteners", "python3-glanceclient", "python3-greenlet",
    "python3-idna", "python3-importlib-metadata", "python3-iso8601", "python3-jaraco.classes", "python3-jinja2",
    "python3-jmespath", "python3-json-pointer", "python3-jsonpatch", "python3-jsonschema", "python3-keyring",
    "python3-keystoneauth1", "python3-mako", "python3-markupsafe", "python3-monotonic", "python3-more-itertools",
    "python3-msgpack", "python3-munch", "python3-netaddr", "python3-netifaces", "python3-neutronclient",
    "python3-nova", "python3-openssl", "python3-openstacksdk", "python3-os-resource-classes",
    "python3-os-service-types", "python3-os-traits", "python3-oslo.cache", "python3-oslo.concurrency",
    "python3-oslo.config", "python3-oslo.context", "python3-oslo.db", "python3-oslo.i18n", "python3-oslo.limit",
    "python3-oslo.log", "python3-oslo.messaging", "python3-oslo.metrics", "python3-oslo.middleware",
    "python3-oslo.policy", "python3-oslo.privsep", "python3-oslo.serialization", "python3-oslo.service",
    "python3-oslo.utils", "python3-oslo.versionedobjects", "python3-packaging", "python3-paste",
    "python3-pastedeploy", "python3-pbr", "python3-pkg-resources", "python3-ply", "python3-prettytable",
    "python3-prometheus-client", "python3-pycparser", "python3-pygments", "python3-pyrsistent", "python3-repoze.lru",
    "python3-requests", "python3-requestsexceptions", "python3-retrying", "python3-rfc3986", "python3-routes",
    "python3-setuptools", "python3-simplejson", "python3-six", "python3-sqlalchemy", "python3-statsd",
    "python3-stevedore", "python3-tz", "python3-urllib3", "python3-warlock", "python3-wcwidth", "python3-webob",
    "python3-wrapt", "python3-yaml", "python3-yappi", "python3-zipp",
  ]
}
