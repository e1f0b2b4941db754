using System.Globalization;
using System.Text.Json.Nodes;
using Mover.Conformance.Contract;

namespace Mover.Conformance.Suite.Rules.Around;

/// <summary>Requests of all kinds, good and bad. Source: ARM RPC, "common API details"; Azure documentation, "throttling".</summary>
internal static class RequestRules
{
    public static IReadOnlyList<Rule> All { get; } =
    [
        Rule.Once("ARM-HEAD-007", "A response body is application/json.", Sources.Rpc, ContentTypeAsync),
        Rule.Once("ARM-HEAD-008", "Other resource providers return the same request ids as Storage Mover.", Sources.Rpc, AroundAsync),
        Rule.Once("ARM-HEAD-009", "An error has the correlation id of its request.", Sources.Rpc, ErrorIdAsync),
        Rule.Once("ARM-THROTTLE-001", "A response says how many requests of its kind remain: reads, writes, deletes.", Sources.Arm,
            RemainingAsync),
        Rule.Once("ARM-THROTTLE-002", "Requests above all subscriptions count for the tenant.", Sources.Arm, TenantAsync),
        Rule.Once("ARM-ERR-006", "A body that is not JSON is refused: 400 InvalidRequestContent.", Sources.Arm, NoJsonAsync),
        Rule.Once("ARM-ERR-007", "A body of another content type is read as JSON or refused; it never causes a 5xx.", Sources.Rpc,
            OtherTypeAsync),
        Rule.Once("ARM-ERR-011", "A form, XML or a binary body is refused: 415.", Sources.Recorded, MediaTypeAsync),
        Rule.Once("ARM-BODY-001", "Property names are not case-sensitive.", Sources.Arm, PropertyCasingAsync),
        Rule.Once("ARM-BODY-002", "A storage mover without a location is refused, even when it exists: 400 LocationRequired.",
            Sources.Recorded, NoLocationAsync),
        Rule.Once("ARM-ERR-008", "An error reveals no internals of the service.", Sources.Rpc, InsideAsync),
        Rule.Once("ARM-ERR-009", "An error's message is one readable line, whatever the request.", Sources.Mover, OneLineAsync),
        Rule.Once("ARM-ERR-010", "A duplicate property is refused at any depth.", Sources.Mover, DoubledAsync),
        Rule.Once("ARM-NAME-007", "A name that contains a path is refused, and nothing is created.", Sources.Rpc, PathNameAsync),
        Rule.Once("ARM-QUERY-001", "An unknown parameter is ignored.", Sources.Rpc, UnknownParameterAsync),
        Rule.Once("ARM-QUERY-002", "A request with two api-versions is refused: 400.", Sources.Mover, TwoVersionsAsync),
        Rule.Once("ARM-QUERY-003", "The parameter name api-version is not case-sensitive.", Sources.Arm, ParameterCasingAsync),
        Rule.Once("ARM-VER-012", "An api-version that is not a date is refused: 400.", Sources.Rpc, AbsurdVersionAsync),
        Rule.Once("ARM-ETAG-018", "If-Match holds when one of several ETags matches.", Sources.Rpc, ListAsync),
        Rule.Once("ARM-ETAG-019", "A weak ETag never matches a strong one.", Sources.Rpc, WeakAsync),
        Rule.Once("ARM-ETAG-020", "A condition that is not an ETag is refused or does not hold, and nothing is written.", Sources.Rpc,
            NoTagAsync),
    ];

    private static async Task ContentTypeAsync(Bench bench)
    {
        foreach (var path in new[] { bench.Mover, bench.Mover + "-none" })
        {
            var answer = await bench.GetAsync(path);
            answer.Holds(answer.Header("Content-Type").StartsWith("application/json", StringComparison.OrdinalIgnoreCase),
                $"The content type is '{answer.Header("Content-Type")}'.");
        }
    }

    private static async Task AroundAsync(Bench bench)
    {
        foreach (var path in new[]
        {
            "/subscriptions", bench.Group, bench.Group + "/resources", bench.Subscription + "/locations", bench.Subscription + "/providers",
        })
        {
            var answer = (await bench.ArmAsync("GET", path)).Status(200);
            answer.Holds(Guid.TryParse(answer.Header("x-ms-request-id"), out _), "The request id is not a GUID.")
                .Holds(answer.Header("x-ms-correlation-request-id").Length > 0, "The correlation id is empty.");
        }
    }

    private static async Task ErrorIdAsync(Bench bench)
    {
        var given = Guid.NewGuid().ToString();
        var answer = (await bench.SendAsync("GET", bench.Mover + "-none", null, ("x-ms-correlation-request-id", given))).Error(404);
        answer.Same(given, answer.Header("x-ms-correlation-request-id"), "The correlation id");
    }

    private static async Task RemainingAsync(Bench bench)
    {
        var path = bench.Fresh(Kind.Of("projects"));
        Remains(await bench.CreateAsync(Kind.Of("projects"), path), "subscription-writes");
        Remains((await bench.GetAsync(path)).Status(200), "subscription-reads");
        Remains(await bench.SendAsync("DELETE", path), "subscription-deletes");
    }

    private static async Task TenantAsync(Bench bench) => Remains((await bench.ArmAsync("GET", "/subscriptions")).Status(200),
        "tenant-reads");

    private static void Remains(Exchange answer, string kind) => answer.Holds(
        int.TryParse(answer.Header("x-ms-ratelimit-remaining-" + kind), NumberStyles.None, CultureInfo.InvariantCulture, out _),
        "The number of remaining requests is not a number.");

    private static Task<Exchange> PutAsync(Bench bench, string body, string type = "application/json") => bench.SendAsync(
        new Call("PUT", bench.Versioned(bench.Fresh(Kind.Of("projects"))), body) { ContentType = type, BendsContract = true });

    private static async Task NoJsonAsync(Bench bench)
    {
        foreach (var body in new[] { "{", "{\"properties\":}", "{} {}", "{'a':1}", "<xml/>", "{\"properties\":{},}", "\u0001" })
        {
            (await PutAsync(bench, body)).Error(400, "InvalidRequestContent");
        }
    }

    private static async Task OtherTypeAsync(Bench bench)
    {
        foreach (var type in new[] { "text/plain", "application/xml", "application/x-www-form-urlencoded", "nonsense", "image/png" })
        {
            (await PutAsync(bench, "{}", type)).Status(200, 201, 400, 415);
        }
    }

    private static async Task MediaTypeAsync(Bench bench)
    {
        foreach (var type in new[] { "application/x-www-form-urlencoded", "application/xml", "application/octet-stream" })
        {
            (await PutAsync(bench, "{}", type)).Error(415);
        }
    }

    private static async Task PropertyCasingAsync(Bench bench)
    {
        var answer = (await PutAsync(bench, "{\"Properties\":{\"DESCRIPTION\":\"read\"}}")).Status(200, 201);
        answer.Same("read", answer.Properties()["description"], "The description");
    }

    private static async Task NoLocationAsync(Bench bench)
    {
        foreach (var path in new[] { bench.Mover, bench.Mover + "-none" })
        {
            (await bench.SendAsync(new Call("PUT", bench.Versioned(path), "{}") { BendsContract = true })).Error(400, "LocationRequired");
        }
    }

    private static async Task InsideAsync(Bench bench)
    {
        foreach (var answer in new[]
        {
            await PutAsync(bench, "{\"properties\":{\"description\":[]}}"), await bench.GetAsync(bench.Mover + "-none"),
            await bench.GetAsync(bench.Mover + "/projects?$skiptoken=%00"), await PutAsync(bench, "["),
        })
        {
            answer.Holds(answer.Status is >= 400 and < 500, "The request was accepted.");
            foreach (var word in new[] { "Exception", "   at ", ".cs:", "System.", "SQLite" })
            {
                answer.Holds(!answer.Body.Contains(word, StringComparison.Ordinal), $"The error mentions '{word.Trim()}'.");
            }
        }
    }

    private static async Task OneLineAsync(Bench bench)
    {
        var answer = (await bench.GetAsync(bench.Group + "/providers/Contoso%0D%0AHomes%1B[31m/houses/one")).Error(404,
            "InvalidResourceNamespace");
        var message = (string?)answer.Json?["error"]?["message"] ?? string.Empty;
        answer.Holds(message.Length > 0 && !message.Any(char.IsControl), "The message contains a control character.");
    }

    private static async Task DoubledAsync(Bench bench)
    {
        (await PutAsync(bench, "{\"properties\":{},\"properties\":{}}")).Error(400);
        (await PutAsync(bench, "{\"properties\":{\"description\":\"a\",\"description\":\"b\"}}")).Error(400);
    }

    private static async Task PathNameAsync(Bench bench)
    {
        foreach (var name in new[] { "a%2fb", "a%5cb", "..%2f..", "%00", "a%0ab", "%c0%ae", "a%252fb" })
        {
            var answer = await bench.SendAsync("PUT", $"{bench.Mover}/projects/{name}", new JsonObject());
            answer.Holds(answer.Status is 400 or 404 or 405, $"The name '{name}' returned {answer.Status}.");
        }

        var names = await ListRules.IdsAsync(bench, $"{bench.Mover}/projects");
        bench.Holds(names.TrueForAll(id => !id.Contains('%', StringComparison.Ordinal)),
            "A resource whose name contains a path was created.");
    }

    private static async Task UnknownParameterAsync(Bench bench) =>
        (await bench.GetAsync(bench.Mover + "?colour=red&$shape=round")).Status(200);

    private static async Task TwoVersionsAsync(Bench bench) =>
        (await bench.SendAsync(new Call("GET", bench.Versioned(bench.Versioned(bench.Mover))))).Error(400);

    private static async Task ParameterCasingAsync(Bench bench) =>
        (await bench.SendAsync(new Call("GET", $"{bench.Group}?API-Version={Around.Arm}"))).Status(200);

    private static async Task AbsurdVersionAsync(Bench bench)
    {
        foreach (var version in new[] { "latest", "1", "2025-13-40", "2025-12-01-beta", "%00", new string('9', 2000), "2025-12-01;x" })
        {
            (await bench.SendAsync(new Call("GET", $"{bench.Mover}?api-version={version}"))).Error(400, "InvalidApiVersionParameter");
        }
    }

    private static async Task<(string Path, string ETag)> TaggedAsync(Bench bench)
    {
        var path = bench.Fresh(Kind.Of("projects"));
        return (path, (await bench.CreateAsync(Kind.Of("projects"), path)).Header("ETag"));
    }

    private static async Task ListAsync(Bench bench)
    {
        var (path, etag) = await TaggedAsync(bench);
        (await bench.SendAsync("PUT", path, new JsonObject(), ("If-Match", "\"one\", \"two\""))).Error(412);
        (await bench.SendAsync("PUT", path, new JsonObject(), ("If-Match", $"\"one\", {etag}"))).Status(200);
    }

    private static async Task WeakAsync(Bench bench)
    {
        var (path, etag) = await TaggedAsync(bench);
        (await bench.SendAsync("PUT", path, new JsonObject(), ("If-Match", $"W/{etag}"))).Error(412);
    }

    private static async Task NoTagAsync(Bench bench)
    {
        var (path, etag) = await TaggedAsync(bench);
        foreach (var wrong in new[] { "nonsense", "\"open", "\"\"", ",,," })
        {
            var answer = await bench.SendAsync("PUT", path, new JsonObject(), ("If-Match", wrong));
            answer.Holds(answer.Status is 400 or 412, $"'{wrong}' returned {answer.Status}.");
        }

        var get = await bench.GetAsync(path);
        get.Same(etag, get.Header("ETag"), "The ETag");
    }
}
