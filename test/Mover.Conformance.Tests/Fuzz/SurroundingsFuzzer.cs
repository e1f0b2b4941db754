using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using Mover.Conformance.Suite;

namespace Mover.Conformance.Tests.Fuzz;

/// <summary>
/// Random requests to what stands around Storage Mover: groups, tags, resources, roles, accounts, machines, the vault, the activity log, the
/// token endpoint. The same seed makes the same requests.
/// </summary>
internal sealed class SurroundingsFuzzer(Bench bench, string tenant, Random random)
{
    private const string Guids = "00000000-0000-4000-8000-00000000000";
    private static readonly string[] Methods = ["GET", "PUT", "PATCH", "DELETE", "POST", "HEAD"];

    private static readonly (string Path, string Version, string Body)[] Places =
    [
        ("{g}{n}", "2021-04-01", """{"location":"eastus","tags":{"a":"1"},"managedBy":"/x"}"""),
        ("{s}/resourceGroups", "2021-04-01", "{}"),
        ("{s}/resources", "2021-04-01", "{}"),
        ("{g}/resources", "2021-04-01", "{}"),
        ("{s}/tagNames", "2021-04-01", "{}"),
        ("{s}/locations", "2022-12-01", "{}"),
        ("/tenants", "2022-12-01", "{}"),
        ("{s}/providers/Microsoft.Storage", "2021-04-01", "{}"),
        ("{s}/providers/Microsoft.Storage/register", "2021-04-01", "{}"),
        ("{g}/providers/Microsoft.Resources/tags/default", "2021-04-01", """{"operation":"Merge","properties":{"tags":{"a":"1"}}}"""),
        ("{m}/providers/Microsoft.Resources/tags/default", "2021-04-01", """{"operation":"Delete","properties":{"tags":{"a":"1"}}}"""),
        ("{s}/providers/Microsoft.Authorization/roleDefinitions", "2022-04-01", "{}"),
        ("{g}/providers/Microsoft.Authorization/roleDefinitions/{i}", "2022-04-01",
            """{"properties":{"roleName":"r{n}","assignableScopes":["{g}"],"permissions":[{"actions":["*/read"],"notActions":[]}]}}"""),
        ("{m}/providers/Microsoft.Authorization/roleAssignments", "2022-04-01", "{}"),
        ("{m}/providers/Microsoft.Authorization/roleAssignments/{i}", "2022-04-01",
            """
            {"properties":{"roleDefinitionId":"/x/acdd72a7-3385-48ef-bd42-f606fba81ae7","principalId":"{i}","principalType":"ServicePrincipal",
            "description":"d"}}
            """),
        ("{g}/providers/Microsoft.Storage/storageAccounts/acc{n}", "2023-05-01",
            """{"location":"eastus","sku":{"name":"Standard_LRS"},"kind":"StorageV2","properties":{"primaryEndpoints":{"blob":"https://h/"}}}"""),
        ("{g}/providers/Microsoft.Storage/storageAccounts/acc{n}/setKey", "2023-05-01", """{"key":"AAAAAAAAAAAAAAAAAAAAAAAAAAA="}"""),
        ("{g}/providers/Microsoft.HybridCompute/machines/host{n}", "2024-07-10",
            """{"location":"eastus","properties":{"vmId":"{i}","clientPublicKey":"AAAA","osName":"linux"},"identity":{"type":"SystemAssigned"}}"""),
        ("/vaults/vault/secrets", "7.4", "{}"),
        ("/vaults/vault/secrets/s{n}", "7.4", """{"value":"v","contentType":"t","attributes":{"enabled":true},"tags":{"a":"b"}}"""),
        ("{s}/providers/Microsoft.Insights/eventtypes/management/values", "2015-04-01", "{}"),
        ("/{t}/oauth2/v2.0/token", "", "grant_type=client_credentials&client_id={i}&client_secret=x&scope=https%3A%2F%2Fx%2F.default"),
        ("/{t}/oauth2/token", "", "grant_type=client_credentials&client_id={i}&client_assertion=a.b.c&resource=x"),
        ("/{t}/v2.0/.well-known/openid-configuration", "", "{}"),
    ];

    private static readonly string[] Versions =
    [
        "", "latest", "2021-13-45", "9999-99-99", "2021-04-01-preview", "2021-04-01&api-version=2021-04-01", "%00", "%F0%9F%99%82", new('1', 4000),
    ];

    private static readonly string[] Filters =
    [
        "name eq 'a'", "tagName eq 'a' and tagValue eq '1'", "not not not name eq 'a'", "substringof('a', name)", "atScope()", "assignedTo('x')",
        "principalId eq '" + Guids + "1'", "eventTimestamp ge '2026-01-01T00:00:00Z' and status eq 'Failed'", "eventTimestamp ge '1e99'", "((((((((",
        "name eq 'a' or", "'", "startswith(name,'", "\0", "eventTimestamp le '9999-12-31T23:59:59.9999999Z'", "eventTimestamp ge '0001-01-01'",
    ];

    private static readonly (string Name, string Value)[] Headers =
    [
        ("If-Match", "\"a\", \"b\", W/\"c\""), ("If-Match", "*"), ("If-Match", ",,,\""), ("If-None-Match", "*, \"a\""), ("If-None-Match", "\"\""),
        ("If-Modified-Since", "yesterday"), ("Accept", "application/xml"), ("Accept", "*/*;q=0"), ("Accept-Encoding", "br;q=9, x"),
        ("Content-Encoding", "gzip"), ("x-ms-client-request-id", "a b\tc"), ("Cookie", "a=b"),
        ("x-ms-correlation-request-id", "../.."), ("x-ms-return-client-request-id", "TRUE"), ("Referer", "http://[::1"), ("Expect", "100-continue"),
        ("Forwarded", "for=\"_x\""), ("Range", "bytes=5-1"), ("x-giant", new('g', 20_000)), ("x-http-method-override", "DELETE"),
    ];

    /// <summary>One request.</summary>
    public HttpRequestMessage Next(Uri server, string token)
    {
        var (place, version, example) = Places[random.Next(Places.Length)];
        var isForm = version.Length == 0;
        var url = $"{server.ToString().TrimEnd('/')}{Spoilt(Filled(place))}{Query(version)}";
        var request = new HttpRequestMessage(
            new(Methods[isForm && random.Next(4) > 0 ? 4 : random.Next(Methods.Length)]),
            new Uri(url, new UriCreationOptions { DangerousDisablePathAndQueryCanonicalization = true }));
        if (random.Next(30) != 0)
        {
            request.Headers.TryAddWithoutValidation("Authorization", random.Next(40) == 0 ? "Bearer a.b.c" : $"Bearer {token}");
        }

        if (request.Method != HttpMethod.Get && request.Method != HttpMethod.Head)
        {
            request.Content = Content(Filled(example), isForm);
        }

        for (var headers = random.Next(4); headers > 0; headers--)
        {
            var (name, value) = Headers[random.Next(Headers.Length)];
            request.Headers.TryAddWithoutValidation(name, value);
        }

        return request;
    }

    private string Filled(string text) => text
        .Replace("{m}", bench.Mover, StringComparison.Ordinal)
        .Replace("{g}", bench.Group, StringComparison.Ordinal)
        .Replace("{s}", bench.Subscription, StringComparison.Ordinal)
        .Replace("{t}", random.Next(6) == 0 ? "elsewhere" : tenant, StringComparison.Ordinal)
        .Replace("{n}", $"{1 + random.Next(9)}", StringComparison.Ordinal)
        .Replace("{i}", $"{Guids}{1 + random.Next(9)}", StringComparison.Ordinal);

    private string Spoilt(string path) => random.Next(10) switch
    {
        0 => path.Insert(random.Next(1, path.Length), new[] { "%2F", "%", "..", "%00", "%C3%28", "//" }[random.Next(6)]),
        1 => path.ToUpperInvariant(),
        2 => path[..(path.LastIndexOf('/') + 1)] + Uri.EscapeDataString(Short(JsonMutation.Text(random))),
        _ => path,
    };

    private static string Short(string text) => text.Length > 200 ? text[..200] : text;

    private string Query(string version)
    {
        var query = $"?api-version={(random.Next(8) == 0 ? Versions[random.Next(Versions.Length)] : version)}";
        return random.Next(4) switch
        {
            0 => query + "&$filter=" + Uri.EscapeDataString(Filters[random.Next(Filters.Length)]),
            1 => query + $"&$top={random.Next(-3, 30)}&maxresults={random.Next(-3, 30)}&$expand=createdTime,x",
            2 => query + "&$skiptoken=" + Uri.EscapeDataString(Convert.ToBase64String(BitConverter.GetBytes(random.NextInt64()))),
            _ => query,
        };
    }

    private HttpContent Content(string example, bool isForm)
    {
        var text = random.Next(3) == 0 ? example
            : isForm ? example.Replace("=", JsonMutation.Text(random), StringComparison.Ordinal)
            : JsonMutation.Spoil(JsonNode.Parse(example)!.AsObject(), random);
        var bytes = Encoding.UTF8.GetBytes(text);

        // Without a length the body goes out in chunks.
        HttpContent content = random.Next(3) == 0 ? new ChunkedContent(bytes) : new ByteArrayContent(bytes);
        content.Headers.TryAddWithoutValidation("Content-Type", random.Next(8) == 0 ? "text/plain; charset=x"
            : isForm ? "application/x-www-form-urlencoded" : "application/json");
        return content;
    }

    private sealed class ChunkedContent(byte[] bytes) : HttpContent
    {
        protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) => stream.WriteAsync(bytes).AsTask();

        protected override bool TryComputeLength(out long length)
        {
            length = 0;
            return false;
        }
    }
}
