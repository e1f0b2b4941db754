using System.Text;
using System.Text.Json.Nodes;
using Mover.Conformance.Contract;
using Mover.Conformance.Suite;

namespace Mover.Conformance.Tests.Fuzz;

/// <summary>Makes requests that are right in most places and wrong in some. The same seed makes the same requests.</summary>
internal sealed class RequestFuzzer(Bench bench, Random random)
{
    private static readonly string[] Methods = ["GET", "PUT", "PATCH", "DELETE", "POST", "HEAD", "OPTIONS", "MERGE", "X"];
    private static readonly string[] ContentTypes =
    [
        "application/json", "application/json; charset=utf-8", "application/json; charset=utf-16", "text/plain", "application/xml", "nonsense", "",
        "application/x-www-form-urlencoded", "multipart/form-data", "application/json; charset=nonsense",
    ];

    private static readonly string[] HeaderNames =
    [
        "If-Match", "If-None-Match", "x-ms-client-request-id", "x-ms-correlation-request-id", "x-ms-return-client-request-id", "Accept",
        "Accept-Language", "Range", "Expect", "Referer", "X-Forwarded-For", "X-HTTP-Method-Override", "Cookie", "Content-Encoding",
        "x-ms-date", "Prefer", "Origin",
    ];

    private static readonly string[] HeaderValues =
    [
        "*", "\"\"", "\"stale\"", "W/\"weak\"", "no quotes", "true", "bytes=0-9999999999", "100-continue", "gzip", "a, b, c", "\"a\", \"b\"", "\"",
        "../..", "<x>", "%0d%0aX: y", "DELETE", new('h', 3000),
    ];

    private static readonly string[] Other =
    [
        "/", "/subscriptions", "/tenants", "/providers", "/metadata/endpoints", "/adfs/.well-known/openid-configuration",
        "/subscriptions/{s}/resources", "/subscriptions/{s}/providers", "/subscriptions/{s}/locations", "/subscriptions/{s}/resourceGroups",
        "/subscriptions/{s}/resourceGroups/{g}", "/subscriptions/{s}/resourceGroups/{g}/resources",
        "/subscriptions/{s}/providers/Microsoft.Authorization/roleAssignments", "/subscriptions/{s}/providers/Microsoft.Authorization/roleDefinitions",
        "/subscriptions/{s}/providers/Microsoft.Insights/eventtypes/management/values",
        "/subscriptions/{s}/resourceGroups/{g}/providers/Microsoft.Storage/storageAccounts/acc",
        "/subscriptions/{s}/resourceGroups/{g}/providers/Microsoft.HybridCompute/machines/m1", "/subscriptions/{s}/operationresults/x",
    ];

    /// <summary>One request.</summary>
    public HttpRequestMessage Next(Uri server, string token)
    {
        var operation = bench.Api.Operations[random.Next(bench.Api.Operations.Count)];
        var method = random.Next(10) == 0 ? Methods[random.Next(Methods.Length)] : operation.Method;
        var url = new Uri($"{server.ToString().TrimEnd('/')}{Path(operation)}{Query()}", new UriCreationOptions
        {
            // Paths go out as they are, so that the server sees dots and doubled slashes.
            DangerousDisablePathAndQueryCanonicalization = true,
        });
        var request = new HttpRequestMessage(new(method), url);
        if (random.Next(25) != 0)
        {
            request.Headers.TryAddWithoutValidation("Authorization", $"Bearer {(random.Next(40) == 0 ? token[..^3] : token)}");
        }

        for (var headers = random.Next(4); headers > 0; headers--)
        {
            request.Headers.TryAddWithoutValidation(HeaderNames[random.Next(HeaderNames.Length)], HeaderValues[random.Next(HeaderValues.Length)]);
        }

        if (method is "PUT" or "PATCH" || random.Next(12) == 0)
        {
            var bytes = Encoding.UTF8.GetBytes(Body(operation));
            Scramble(bytes);
            request.Content = new ByteArrayContent(bytes);
            request.Content.Headers.TryAddWithoutValidation("Content-Type", ContentTypes[random.Next(4) == 0 ? random.Next(ContentTypes.Length) : 0]);
        }

        return request;
    }

    private string Path(ApiOperation operation)
    {
        var path = random.Next(6) == 0
            ? Other[random.Next(Other.Length)].Replace("/subscriptions/{s}", bench.Subscription, StringComparison.Ordinal)
                .Replace("/resourceGroups/{g}", bench.Group[bench.Subscription.Length..], StringComparison.Ordinal)
            : bench.PathOf(operation);
        if (random.Next(3) == 0)
        {
            path = path[..(path.LastIndexOf('/') + 1)] + Name();
        }

        return random.Next(12) switch
        {
            0 => path.ToUpperInvariant(),
            1 => path + "/",
            2 => path.Insert(random.Next(path.Length), "/"),
            3 => path.Insert(random.Next(1, path.Length), Escaped()),
            4 => path[..random.Next(1, path.Length)],
            5 => path.Replace("/providers/", "/providers/Contoso.Homes/x/y/providers/", StringComparison.Ordinal),
            _ => path,
        };
    }

    private string Name() => random.Next(8) switch
    {
        0 => new string('n', random.Next(60, 300)),
        1 => Escaped(),
        2 => Uri.EscapeDataString(JsonMutation.Text(random)) is { Length: < 2000 } text ? text : "long",
        _ => $"f{random.Next(40)}",
    };

    private string Escaped() => random.Next(8) switch
    {
        0 => "%2F", 1 => "%2e%2e", 2 => "..", 3 => "%", 4 => "%zz", 5 => "%C3%28", 6 => ";x=y", _ => "%F0%9F%99%82",
    };

    private string Query()
    {
        var version = random.Next(12) switch
        {
            0 => "1999-01-01", 1 => "", 2 => "2021-04-01", 3 => "latest",
            4 or 5 or 6 => ApiDefinitions.Versions[random.Next(ApiDefinitions.Versions.Count)],
            _ => bench.Version,
        };
        var query = random.Next(30) == 0 ? string.Empty : $"?api-version={version}";
        return random.Next(8) switch
        {
            0 => query + (query.Length == 0 ? "?" : "&") + "$skiptoken=" + Uri.EscapeDataString($"t{random.Next()}"),
            1 => query + "&$filter=" + Uri.EscapeDataString("tagName eq 'a' and (" + random.Next()),
            2 => query + "&$top=" + random.Next(-5, 5),
            3 => query + "&api-version=" + bench.Version,
            4 => query + "&%zz=%" + "&=&&",
            _ => query,
        };
    }

    private string Body(ApiOperation operation)
    {
        var kinds = Kind.In(bench.Api).Where(k => k.PutOf(bench.Api)?.Path == operation.Path).ToList();
        var whole = kinds.Count == 0 ? new JsonObject { ["location"] = "eastus" } : kinds[random.Next(kinds.Count)].Full(bench);
        return random.Next(5) switch
        {
            0 => whole.ToJsonString(),
            1 => JsonMutation.Text(random),
            _ => JsonMutation.Spoil(whole, random),
        };
    }

    private void Scramble(byte[] bytes)
    {
        for (var times = random.Next(20) == 0 ? random.Next(1, 8) : 0; times > 0 && bytes.Length > 0; times--)
        {
            bytes[random.Next(bytes.Length)] = (byte)random.Next(256);
        }
    }
}
