using System.Text.Json.Nodes;
using Mover.Conformance.Contract;

namespace Mover.Conformance.Suite.Rules.Resources;

/// <summary>Where endpoints find their secrets. Source: the definitions and recorded behaviour.</summary>
internal static class CredentialRules
{
    public static IReadOnlyList<Rule> All { get; } =
    [
        new Rule("CRED-001", "An empty address in a PUT means none: the credentials keep only their type.", api => Of(api, EmptyPutAsync))
            .From(Sources.Recorded),
        new Rule("CRED-002", "An empty address in a PATCH clears the stored one, and is returned empty.", api => Of(api,
            EmptyPatchAsync))
            .From(Sources.Recorded),
        new Rule("CRED-003", "A PATCH can change credentials, including those of S3.", api => Of(api, PatchAsync))
            .From(Sources.Documents),
        new Rule("CRED-004", "Credentials of another type are refused: 400.", api => Of(api, OtherTypeAsync)).From(Sources.Definition),
        new Rule("CRED-005", "A PATCH of one address keeps the other.", api => Of(api, OneAsync)).From(Sources.Rpc),
        new Rule("CRED-006", "An address that is not https is refused: 400.", api => Of(api, HttpAsync)).From(Sources.Documents),
        new Rule("CRED-007", "An endpoint without credentials shows none.", api => Of(api, NoneAsync)).From(Sources.Recorded),
        new Rule("CRED-008", "A PUT without credentials removes them.", api => Of(api, GoneAsync)).From(Sources.Rpc),
    ];

    private static IEnumerable<Case> Of(ApiDefinition api, Func<Bench, Kind, (string First, string Second), Task> run) =>
        from row in new[] { ("SmbMount", ("usernameUri", "passwordUri")), ("S3WithHMAC", ("accessKeyUri", "secretKeyUri")) }
        let kind = Kind.OfEndpoint(row.Item1)
        where kind.IsIn(api)
        select new Case(row.Item1, bench => run(bench, kind, row.Item2));

    private static JsonObject Sample(Bench bench, Kind kind, bool other = false) =>
        Samples.Of("credentials", kind, bench, other)?.AsObject() ?? [];

    private static JsonObject Body(Bench bench, Kind kind, JsonObject? credentials)
    {
        var body = kind.Minimal(bench);
        body["properties"]!["credentials"] = credentials;
        return body;
    }

    private static async Task<string> MadeAsync(Bench bench, Kind kind)
    {
        var path = bench.Fresh(kind);
        (await bench.SendAsync("PUT", path, Body(bench, kind, Sample(bench, kind)))).Status(200, 201);
        return path;
    }

    private static Task<Exchange> PatchAsync(Bench bench, Kind kind, string path, JsonObject credentials) =>
        bench.SendAsync("PATCH", path, PatchRules.Body(bench, kind, ("credentials", credentials)));

    private static async Task EmptyPutAsync(Bench bench, Kind kind, (string First, string Second) names)
    {
        var credentials = Sample(bench, kind);
        (credentials[names.First], credentials[names.Second]) = (string.Empty, string.Empty);
        var put = (await bench.SendAsync("PUT", bench.Fresh(kind), Body(bench, kind, credentials))).Status(200, 201);
        put.Same(new JsonObject { ["type"] = credentials["type"]?.DeepClone() }, put.Properties()["credentials"], "The credentials");
    }

    private static async Task EmptyPatchAsync(Bench bench, Kind kind, (string First, string Second) names)
    {
        var path = await MadeAsync(bench, kind);
        var credentials = Sample(bench, kind);
        (credentials[names.First], credentials[names.Second]) = (string.Empty, string.Empty);
        var patch = (await PatchAsync(bench, kind, path, credentials)).Status(200);
        patch.Same(string.Empty, patch.Properties()["credentials"]?[names.First], names.First)
            .Same(string.Empty, patch.Properties()["credentials"]?[names.Second], names.Second);
    }

    private static async Task PatchAsync(Bench bench, Kind kind, (string First, string Second) names)
    {
        var other = Sample(bench, kind, other: true);
        var patch = (await PatchAsync(bench, kind, await MadeAsync(bench, kind), other.DeepClone().AsObject())).Status(200);
        patch.Same(other, patch.Properties()["credentials"], $"The credentials with {names.First}");
    }

    private static async Task OtherTypeAsync(Bench bench, Kind kind, (string First, string Second) names)
    {
        var credentials = Sample(bench, kind);
        credentials["type"] = kind.EndpointType == "SmbMount" ? "AzureKeyVaultS3WithHMAC" : "AzureKeyVaultSmb";
        var call = new Call("PUT", bench.Versioned(bench.Fresh(kind)), Body(bench, kind,
            credentials).ToJsonString()) { BendsContract = true };
        var answer = (await bench.SendAsync(call)).Error(400);
        answer.Holds(!answer.Body.Contains(names.First, StringComparison.Ordinal), "The error mentions the address.");
    }

    private static async Task OneAsync(Bench bench, Kind kind, (string First, string Second) names)
    {
        var path = await MadeAsync(bench, kind);
        var (before, other) = (Sample(bench, kind), Sample(bench, kind, other: true));
        var one = new JsonObject { ["type"] = before["type"]?.DeepClone(), [names.First] = other[names.First]?.DeepClone() };
        var patch = (await PatchAsync(bench, kind, path, one)).Status(200);
        patch.Same(other[names.First], patch.Properties()["credentials"]?[names.First], names.First)
            .Same(before[names.Second], patch.Properties()["credentials"]?[names.Second], names.Second);
    }

    private static async Task HttpAsync(Bench bench, Kind kind, (string First, string Second) names)
    {
        var credentials = Sample(bench, kind);
        credentials[names.Second] = "http://conformance.vault.azure.net/secrets/plain";
        (await bench.SendAsync("PUT", bench.Fresh(kind), Body(bench, kind, credentials))).Error(400);
    }

    private static async Task NoneAsync(Bench bench, Kind kind, (string First, string Second) names)
    {
        var put = await bench.CreateAsync(kind, bench.Fresh(kind));
        put.Holds(!put.Properties().ContainsKey("credentials"), $"The endpoint shows credentials, with or without {names.First}.");
    }

    private static async Task GoneAsync(Bench bench, Kind kind, (string First, string Second) names)
    {
        var put = (await bench.SendAsync("PUT", await MadeAsync(bench, kind), kind.Minimal(bench))).Status(200);
        put.Holds(!put.Properties().ContainsKey("credentials"), $"The credentials are still set, including {names.First}.");
    }
}
