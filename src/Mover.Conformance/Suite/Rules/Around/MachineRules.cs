using System.Security.Cryptography;
using System.Text.Json.Nodes;
using Mover.Conformance.Contract;

namespace Mover.Conformance.Suite.Rules.Around;

/// <summary>
/// Hybrid machines: the hosts of agents and their identities, in the shape of Azure's. At Azure a machine comes from its own agent, so
/// these are not tried there.
/// </summary>
internal static class MachineRules
{
    private const string Version = "2024-07-10";
    private const string Type = "/providers/Microsoft.HybridCompute/machines";

    public static IReadOnlyList<Rule> All { get; } =
    [
        Rule.Once("MACH-001", "A machine has a system-assigned identity with principal and tenant.", Sources.Mover, IdentityAsync),
        Rule.Once("MACH-002", "PUT and PATCH keep a machine's identity and VM id.", Sources.Mover, StaysAsync),
        Rule.Once("MACH-003", "A machine's VM id cannot be changed: 400.", Sources.Mover, VmIdAsync),
        Rule.Once("MACH-004", "A public key that is not on P-256 is refused: 400.", Sources.Mover, WrongKeyAsync),
        Rule.Once("MACH-005", "A PATCH replaces a machine's key; a PUT does not.", Sources.Mover, KeyAsync),
        Rule.Once("MACH-006", "A machine is listed in its group and its subscription.", Sources.Mover, ListsAsync),
        Rule.Once("MACH-007", "A deleted machine returns 404, and a second DELETE returns 204.", Sources.Mover, DeleteAsync),
        Rule.Once("MACH-008", "Two machines have different identities and VM ids.", Sources.Mover, OwnAsync),
        Rule.Once("MACH-009", "A VM id that is not a GUID is refused: 400.", Sources.Mover, NoGuidAsync),
    ];

    private static JsonObject Body(Bench bench, string? name = null, string? value = null)
    {
        var body = new JsonObject { ["location"] = bench.Location, ["properties"] = new JsonObject() };
        if (name is not null)
        {
            body["properties"]![name] = value;
        }

        return body;
    }

    private static string Path(Bench bench) => $"{bench.Group}{Type}/{bench.FreshName()}";

    private static Task<Exchange> AskAsync(Bench bench, string method, string path, JsonNode? body = null) =>
        bench.AskAsync(Version, method, path, body);

    private static async Task WithAsync(Bench bench, Func<string, Exchange, Task> run, JsonObject? body = null)
    {
        var path = Path(bench);
        var put = (await AskAsync(bench, "PUT", path, body ?? Body(bench))).Status(200, 201);
        try
        {
            await run(path, put);
        }
        finally
        {
            await bench.EraseAsync(path, Version);
        }
    }

    private static string PublicKey()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        return Convert.ToBase64String(key.ExportSubjectPublicKeyInfo());
    }

    private static Task IdentityAsync(Bench bench) => WithAsync(bench, (path, put) =>
    {
        var identity = put.Object()["identity"];
        put.Same(path.Split('/')[^1], put.Object()["name"], "The name").Same("SystemAssigned", identity?["type"], "The identity's type")
            .Holds(Guid.TryParse((string?)identity?["principalId"], out _), "The principal id is missing.")
            .Holds(Guid.TryParse((string?)identity?["tenantId"], out _), "The tenant id is missing.")
            .Holds(Guid.TryParse((string?)put.Properties()["vmId"], out _), "The VM id is missing.");
        return Task.CompletedTask;
    });

    private static Task StaysAsync(Bench bench) => WithAsync(bench, async (path, put) =>
    {
        foreach (var (verb, body) in new[] { ("PUT", Body(bench)), ("PATCH",
            new JsonObject { ["tags"] = new JsonObject { ["a"] = "b" } }) })
        {
            var answer = (await AskAsync(bench, verb, path, body)).Status(200);
            answer.Same(put.Object()["identity"], answer.Object()["identity"], $"The identity after a {verb}")
                .Same(put.Properties()["vmId"], answer.Properties()["vmId"], $"The VM id after a {verb}");
        }
    });

    private static Task VmIdAsync(Bench bench) => WithAsync(bench, async (path, _) =>
        (await AskAsync(bench, "PUT", path, Body(bench, "vmId", Guid.NewGuid().ToString()))).Error(400));

    private static async Task WrongKeyAsync(Bench bench)
    {
        using var other = ECDsa.Create(ECCurve.NamedCurves.nistP384);
        foreach (var key in new[] { "key", "AAAA", Convert.ToBase64String(other.ExportSubjectPublicKeyInfo()) })
        {
            (await AskAsync(bench, "PUT", Path(bench), Body(bench, "clientPublicKey", key))).Error(400);
        }
    }

    private static Task KeyAsync(Bench bench) => WithAsync(
        bench,
        async (path, _) =>
        {
            var second = PublicKey();
            (await AskAsync(bench, "PUT", path, Body(bench, "clientPublicKey", second))).Error(400);
            var patch = new JsonObject { ["properties"] = new JsonObject { ["clientPublicKey"] = second } };
            var answer = (await AskAsync(bench, "PATCH", path, patch)).Status(200);
            answer.Same(second, answer.Properties()["clientPublicKey"], "The key");
        },
        Body(bench, "clientPublicKey", PublicKey()));

    private static Task ListsAsync(Bench bench) => WithAsync(bench, async (path, _) =>
    {
        bench.Holds((await bench.AllAsync(Version, bench.Group + Type)).With(path) is not null, "The resource is not listed in its group.");
        bench.Holds((await bench.AllAsync(Version, bench.Subscription + Type)).With(path) is not null,
            "The resource is not listed in its subscription.");
    });

    private static Task DeleteAsync(Bench bench) => WithAsync(bench, async (path, _) =>
    {
        (await AskAsync(bench, "DELETE", path)).Status(200);
        (await AskAsync(bench, "GET", path)).Error(404, "ResourceNotFound");
        (await AskAsync(bench, "DELETE", path)).Status(204);
    });

    private static Task OwnAsync(Bench bench) => WithAsync(bench, (_, one) => WithAsync(bench, (_, other) =>
    {
        other.Holds((string?)one.Object()["identity"]?["principalId"] != (string?)other.Object()["identity"]?["principalId"],
            "The machines have the same identity.")
            .Holds((string?)one.Properties()["vmId"] != (string?)other.Properties()["vmId"], "The machines have the same VM id.");
        return Task.CompletedTask;
    }));

    private static async Task NoGuidAsync(Bench bench) =>
        (await AskAsync(bench, "PUT", Path(bench), Body(bench, "vmId", "machine-1"))).Error(400);
}
