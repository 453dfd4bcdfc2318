import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { authSourceOf } from "../../../../capabilities/probes/mongodb/credentials";
import { parseUri, type MongoUri } from "../../../../capabilities/probes/mongodb/uri/uri";
import { ConnectionStringError } from "../../../../capabilities/probes/secrets/connection-string";
import { runs } from "../../../fixtures/property";

/** The fault that the string has. */
function faultOf(text: string): string {
  try {
    parseUri(text);
  } catch (error) {
    if (error instanceof ConnectionStringError) return error.message;
    throw error;
  }
  return "none";
}

function hostsOf({ seeds }: MongoUri): string[] {
  return "hosts" in seeds ? seeds.hosts.map(({ host, port }) => `${host} ${port}`) : [];
}

describe("hosts of a connection string", () => {
  it.each([
    ["mongodb://db", ["db 27017"]],
    ["mongodb://db:27018/", ["db 27018"]],
    ["mongodb://DB.Shop", ["db.shop 27017"]],
    ["mongodb://a,b:1,[fd00::5]:65535,[::1]", ["a 27017", "b 1", "fd00::5 65535", "::1 27017"]],
    ["mongodb://a,,b,", ["a 27017", "b 27017"]],
    ["mongodb://a,b,a", ["a 27017", "b 27017"]],
    ["  mongodb://db/app \n", ["db 27017"]],
  ])("are read from %s", (text, hosts) => {
    expect(hostsOf(parseUri(text))).toEqual(hosts);
  });

  it.each([
    [
      "postgres://db",
      "does not start with mongodb:// or mongodb+srv://: write mongodb://user:password@host:27017/",
    ],
    ["mongodb://", "names no host"],
    ["mongodb://u:p@/app", "names no host"],
    ["mongodb://a,b:x", "has a host (number 2) that is not name, name:port or [IPv6 address]:port"],
    ["mongodb://u:p@<host>/", "has a host that is a placeholder such as <host>: write the server's name"],
    ["mongodb://db:0", "has a host that is not name, name:port or [IPv6 address]:port"],
    ["mongodb://db:65536", "has a host that is not name, name:port or [IPv6 address]:port"],
    ["mongodb://db:port", "has a host that is not name, name:port or [IPv6 address]:port"],
    ["mongodb://fd00::5", "has a host that is not name, name:port or [IPv6 address]:port"],
    ["mongodb://%2Ftmp%2Fmongodb.sock", "has a host that is a Unix socket, which probes cannot reach"],
    [`mongodb://${Array(51).fill("h").join()}`, "names more than 50 hosts"],
    ["mongodb+srv://a.b.c,d.e.f", "starts with mongodb+srv:// and must name one host"],
    [
      "mongodb+srv://a.b.c:27017",
      "starts with mongodb+srv://, where DNS names hosts and ports: leave port and directConnection out",
    ],
    [`mongodb://${"x".repeat(20_000)}`, "is longer than 16384 characters"],
  ])("are refused in %.60s", (text, fault) => {
    expect(faultOf(text)).toBe(fault);
  });
});

describe("the login of a connection string", () => {
  it("is percent-decoded", () => {
    expect(parseUri("mongodb://us%40er:p%2F%3A%25%20@db").login).toEqual({
      mechanism: "DEFAULT",
      user: "us@er",
      password: "p/:% ",
    });
  });

  it.each([
    ["mongodb://u:p@db", "admin"],
    ["mongodb://u:p@db/app", "app"],
    ["mongodb://u:p@db/app?authSource=users", "users"],
    ["mongodb://u:p@db/app?authMechanism=PLAIN", "$external"],
    ["mongodb://u:p@db/?authMechanism=PLAIN&authSource=app", "$external"],
  ])("of %s is known to database %s", (text, source) => {
    const uri = parseUri(text);
    expect(authSourceOf(uri.login ?? { mechanism: "DEFAULT", user: "" }, uri)).toBe(source);
  });

  it("takes the TXT record's authSource before the path and after the option", () => {
    const login = { mechanism: "DEFAULT", user: "u", password: "p" } as const;
    expect(authSourceOf(login, { database: "app" }, "dns")).toBe("dns");
    expect(authSourceOf(login, { database: "app", authSource: "mine" }, "dns")).toBe("mine");
  });

  it.each([
    ["mongodb://u@db", "names a user, but no password"],
    ["mongodb://:p@db", "names no user before the '@'"],
    ["mongodb://u:p:q@db", "has more than one ':' before the '@': write '%3A' for one in the password"],
    [
      "mongodb://u:100%@db",
      "has a '%' that is not a percent-encoded character; write '%25' for the character itself",
    ],
    ["mongodb://u:p%00q@db", "has a zero byte"],
    ["mongodb://db/?authMechanism=SCRAM-SHA-256", "has authMechanism=SCRAM-SHA-256, but names no user"],
    ["mongodb://u:p@db/?authMechanism=MAGIC", /^has an authMechanism that is not one of SCRAM-SHA-256, /],
    [
      "mongodb://u:p@db/?authMechanism=scram-sha-1",
      /^has an authMechanism that is not one of SCRAM-SHA-256, /,
    ],
    ["mongodb://db/?authMechanism=MONGODB-X509&authSource=app", /authSource must be \$external/],
    ["mongodb://u:p@db/?authMechanism=MONGODB-X509", /the client certificate is the login/],
    ["mongodb://u:p@db/?authSource=", "has an empty authSource: name the database of the user"],
    ["mongodb://u:p@db/a.b", "has a '/' path that is not the name of a database, and no authSource"],
    [
      "mongodb://u:p@db/?authMechanism=PLAIN&authMechanismProperties=a:b",
      "has authMechanismProperties, which its mechanism does not have",
    ],
  ])("is refused in %s", (text, fault) => {
    expect(faultOf(text)).toMatch(fault);
  });

  it.each(["mongodb://u:p@ss@db", "mongodb://u:pa/ss@db", "mongodb://u:1/x?secret=1@db"])(
    "that is not percent-encoded is said to be so: %s",
    (text) => {
      expect(faultOf(text)).toMatch(/^has a misplaced '@': percent-encode/);
    },
  );

  it("may have a '?' that is not percent-encoded, where the exporter's driver takes it too", () => {
    expect(parseUri("mongodb://u:pa?ss=x@db").login?.password).toBe("pa?ss=x");
  });

  it("may be Cosmos DB's, whose appName has an '@'", () => {
    const text = "mongodb://acct:k3y==@acct.mongo.test:10255/?ssl=true&replicaSet=globaldb&appName=@acct@";
    expect(parseUri(text)).toMatchObject({ appName: "@acct@", login: { password: "k3y==" } });
  });
});

describe("options of a connection string", () => {
  it("are used whatever their case, and ignored where they change nothing for a probe", () => {
    const tags = "readPreference=nearest&readPreferenceTags=dc:a&readPreferenceTags=dc:b";
    const uri = parseUri(`mongodb://a,b/?REPLICASET=rs0&retryWrites=true&w=majority&${tags}`);
    expect(uri.topology).toEqual({ replicaSet: "rs0", direct: false });
  });

  it.each([
    ["?tls=true", { enabled: true, insecure: false }],
    ["?ssl=false", { enabled: false, insecure: false }],
    ["?tls=true&ssl=true", { enabled: true, insecure: false }],
    ["?tlsInsecure=true", { insecure: true }],
    ["?tls=true&sslInsecure=true", { enabled: true, insecure: true }],
    ["?tlsDisableOCSPEndpointCheck=false", { enabled: true, insecure: false }],
    ["?tlsCAFile=x&tls=false", { enabled: false, insecure: false }],
    ["?tls=false&tlsCAFile=x", { enabled: true, insecure: false }],
    ["?tlsAllowInvalidCertificates=true&tlsAllowInvalidHostnames=true", { insecure: false }],
    ["", { insecure: false }],
  ])("about TLS in %s", (query, tls) => {
    expect(parseUri(`mongodb://db/${query}`).tls).toEqual(tls);
  });

  it.each([
    ["connect=direct", { direct: true }],
    ["directConnection=true", { direct: true }],
    ["connect=automatic", { direct: false }],
    ["directConnection=True&directConnection=false", { direct: true }],
    ["loadBalanced=true", { loadBalanced: true, direct: false }],
    ["replicaSet=", { direct: false }],
    ["replicaSet=a&replicaSet=b", { replicaSet: "b", direct: false }],
  ])("about the topology in %s", (query, topology) => {
    expect(parseUri(`mongodb://db/?${query}`).topology).toEqual(topology);
  });

  it.each([
    ["?tls=yes", "has a value of tls that is neither true nor false"],
    ["?retryWrites=1", "has a value of retryWrites that is neither true nor false"],
    ["?connectTimeoutMS=-1", "has a value of connectTimeoutMS that is not a whole number"],
    ["?maxPoolSize=", "has a value of maxPoolSize that is not a whole number"],
    [
      "?zlibCompressionLevel=10",
      "has a value of zlibCompressionLevel that is not a whole number from -1 to 9",
    ],
    ["?w=-1", "has a value of w that is a negative number"],
    ["?w=0", /^has w=0, and the exporter treats a write/],
    ["?connect=x", "has a value of connect that is neither automatic nor direct"],
    ["?connect=direct&directConnection=false", /^has connect and directConnection with different values/],
    ["?minPoolSize=2&maxPoolSize=1", "has a minPoolSize above its maxPoolSize"],
    ["?readPreference=best", /^has a readPreference that is none of primary, /],
    ["?readPreference=primary&maxStalenessSeconds=90", /^has readPreference=primary with tags/],
    [
      "?readPreferenceTags=a&readPreference=nearest",
      /^has a value of readPreferenceTags that is not name:value/,
    ],
    ["?tls=true&ssl=false", "has the options tls and ssl with different values: keep tls"],
    ["?tls=true&tlsInsecure=true&tlsDisableOCSPEndpointCheck=true", /^has both tlsInsecure and/],
    ["?tlsCertificateFile=x", /^needs either tlsCertificateKeyFile/],
    ["?replicaSet", "has an option after the '?' that is not name=value (number 1)"],
    ["?=x", "has an option after the '?' that is not name=value (number 1)"],
    ["?a=b&amp;c=d", "holds &amp; as copied from a web page: write & between the options"],
    ["?srvMaxHosts=1", "has srvServiceName or srvMaxHosts, which need mongodb+srv://"],
    ["?loadBalanced=true&replicaSet=x", /^has both loadBalanced=true and replicaSet/],
    ["?loadBalanced=true&directConnection=true", /^has both loadBalanced=true and directConnection/],
  ])("are refused in %s", (query, fault) => {
    expect(faultOf(`mongodb://db/${query}`)).toMatch(fault);
  });

  it.each(["directConnection=true", "loadBalanced=true"])("need one host with %s", (option) => {
    expect(faultOf(`mongodb://a,b/?${option}`)).toMatch(/exactly one host/);
  });

  it.each(["authSorce=x", "ssl_ca_certs=/x.pem", "tlsCRLFile=x", "proxyHost=x", "j=x", "constructor=x"])(
    "are no fault where the exporter's driver ignores them: %s",
    (option) => {
      expect(faultOf(`mongodb://db/?${option}&${option}`)).toBe("none");
    },
  );

  it("tell which files of the exporter's pod count", () => {
    const files = (query: string): string[] => [...parseUri(`mongodb://db/?${query}`).files];
    expect(files("tlsCAFile=a&sslClientCertificateKeyFile=b")).toEqual([
      "tlscafile",
      "tlscertificatekeyfile",
    ]);
    expect(files("tlsCAFile=a&tls=false")).toEqual([]);
  });

  it("are not named where they may be a piece of a password", () => {
    expect(faultOf("mongodb://user:pa@ss?sec=ret@db")).not.toMatch(/sec|ret/);
    expect(faultOf("mongodb://u:p@db/?s3cr3t-p4ss")).not.toMatch(/s3cr3t/);
  });

  it("need a '/' before the '?'", () => {
    expect(faultOf("mongodb://u:p@db?authSource=app")).toMatch(/^has no '\/' before the '\?'/);
  });
});

describe("a value that is no connection string", () => {
  it.each([
    ['"mongodb://u:p@db/"', /^begins with a quote/],
    ["jdbc:mongodb://u:p@db/", /^holds a JDBC URL/],
    ["MONGODB_URI=mongodb://u:p@db/", /^begins with a name and '='/],
    [Buffer.from("mongodb://u:p@db/").toString("base64"), /^is encoded in base64 twice/],
    ["MongoDB://u:p@db/", /^has a scheme in capitals/],
  ])("is said to be so: %s", (text, fault) => {
    expect(faultOf(text)).toMatch(fault);
  });

  it("does not hold &amp; for having it in a password", () => {
    expect(parseUri("mongodb://u:a&amp;b@db/").login?.password).toBe("a&amp;b");
  });
});

describe("any text", () => {
  it("is read or refused with an error that says why, and never quoted", () => {
    const piece = fc.oneof(
      fc.constantFrom(..."mongodb+srv:///?&=@,%[].aZ9\0\u202e "),
      fc.string({ maxLength: 6 }),
    );
    const text = fc.array(piece, { maxLength: 40 }).map((pieces) => pieces.join(""));
    const prefix = fc.constantFrom("mongodb://", "mongodb+srv://", "mongodb://u:CANARY-77@", "");
    fc.assert(
      fc.property(prefix, text, (start, rest) => {
        expect(faultOf(`${start}${rest}`)).not.toContain("CANARY");
      }),
      { numRuns: runs(3000) },
    );
  });

  it("is judged quickly however long it is", () => {
    const startedAt = performance.now();
    for (const unit of ["a", "@", ",", "%41", "[", "&a=b", "/", "?"])
      faultOf(`mongodb://${unit.repeat(16_000)}`);
    expect(performance.now() - startedAt).toBeLessThan(1000);
  });
});
