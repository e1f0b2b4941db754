using System.Text.Json.Nodes;
using Mover.Conformance.Contract;

namespace Mover.Conformance.Suite.Rules.Around;

/// <summary>
/// The built-in vault: a subset of Key Vault's secrets API at a place of Mover's own. Source: Key Vault REST reference, "Secrets".
/// </summary>
internal static class VaultRules
{
    private const string Version = "7.4";
    private const string Vault = "/vaults/conformance/secrets";

    public static IReadOnlyList<Rule> All { get; } =
    [
        Rule.Once("VAULT-001", "Setting a secret returns its value and an id with a version.", Sources.Mover, SetAsync),
        Rule.Once("VAULT-002", "A GET returns the value, by name and by version.", Sources.Mover, GetAsync),
        Rule.Once("VAULT-003", "A list shows secrets without values and versions.", Sources.Mover, ListAsync),
        Rule.Once("VAULT-004", "Setting a secret again creates a new version, and the previous one keeps its value.", Sources.Mover,
            AgainAsync),
        Rule.Once("VAULT-005", "A missing secret or version returns 404 SecretNotFound.", Sources.Mover, AbsentAsync),
        Rule.Once("VAULT-006", "An invalid secret name is refused: 400.", Sources.Mover, NameAsync),
        Rule.Once("VAULT-007", "A disabled secret cannot be read: 403.", Sources.Mover, DisabledAsync),
        Rule.Once("VAULT-008", "maxresults splits the list into pages of 1 to 25, and nextLink leads through them.",
            Sources.Mover, PagesAsync),
        Rule.Once("VAULT-009", "A deleted secret is gone, and the response to the DELETE has no value.", Sources.Mover, DeleteAsync),
        Rule.Once("VAULT-010", "A secret without a value, or with one that is not a string, is refused: 400.", Sources.Mover, NoValueAsync),
        Rule.Once("VAULT-011", "A value of more than 25,600 bytes is refused: 400.", Sources.Mover, LongAsync),
        Rule.Once("VAULT-012", "Secret names are not case-sensitive.", Sources.Mover, CasingAsync),
        Rule.Once("VAULT-013", "Without a token the vault returns 401.", Sources.Mover, TokenAsync),
        Rule.Once("VAULT-014", "No entry of the activity log contains the value of a secret.", Sources.Mover, LogAsync),
    ];

    private static Task<Exchange> AskAsync(Bench bench, string method, string path, JsonNode? body = null) =>
        bench.AskAsync(Version, method, path, body);

    private static async Task WithAsync(Bench bench, Func<string, Exchange, Task> run, JsonObject? body = null)
    {
        var path = $"{Vault}/{bench.FreshName()}";
        var set = (await AskAsync(bench, "PUT", path, body ?? new() { ["value"] = "open sesame" })).Allowed().Status(200);
        try
        {
            await run(path, set);
        }
        finally
        {
            await bench.EraseAsync(path, Version);
        }
    }

    private static Task SetAsync(Bench bench) => WithAsync(bench, (path, set) =>
    {
        var id = (string?)set.Object()["id"] ?? string.Empty;
        set.Same("open sesame", set.Object()["value"], "The value")
            .Holds(TextRules.IsAddress(id) && id.Contains(path + "/", StringComparison.Ordinal), $"The id is '{id}'.")
            .Same(true, set.Object()["attributes"]?["enabled"], "The property enabled");
        return Task.CompletedTask;
    });

    private static Task GetAsync(Bench bench) => WithAsync(bench, async (path, set) =>
    {
        foreach (var address in new[] { path, new Uri((string?)set.Object()["id"] ?? "none:").AbsolutePath })
        {
            var get = (await AskAsync(bench, "GET", address)).Status(200);
            get.Same("open sesame", get.Object()["value"], "The value").Same(set.Object()["id"], get.Object()["id"], "The id");
        }
    });

    private static Task ListAsync(Bench bench) => WithAsync(bench, async (path, _) =>
    {
        var found = (await bench.AllAsync(Version, Vault))
            .Find(s => ((string?)s["id"] ?? string.Empty).EndsWith(path, StringComparison.OrdinalIgnoreCase));
        bench.Holds(found is not null, "The secret is not listed by its name.");
        bench.Holds(found?.ContainsKey("value") == false, "The list contains the value.");
    });

    private static Task AgainAsync(Bench bench) => WithAsync(bench, async (path, first) =>
    {
        var second = (await AskAsync(bench, "PUT", path, new JsonObject { ["value"] = "another" })).Status(200);
        second.Holds((string?)first.Object()["id"] != (string?)second.Object()["id"], "The version did not change.");
        var get = (await AskAsync(bench, "GET", path)).Status(200);
        get.Same("another", get.Object()["value"], "The value");
        var before = (await AskAsync(bench, "GET", new Uri((string?)first.Object()["id"] ?? "none:").AbsolutePath)).Status(200);
        before.Same("open sesame", before.Object()["value"], "The previous value");
    });

    private static Task AbsentAsync(Bench bench) => WithAsync(bench, async (path, _) =>
    {
        (await AskAsync(bench, "GET", path + "-none")).Error(404, "SecretNotFound");
        (await AskAsync(bench, "GET", $"{path}/{Guid.NewGuid():N}")).Error(404, "SecretNotFound");
        (await AskAsync(bench, "DELETE", path + "-none")).Error(404, "SecretNotFound");
    });

    private static async Task NameAsync(Bench bench)
    {
        foreach (var name in new[] { "with_underscore", "with.period", new string('n', 128), "a%20b" })
        {
            (await AskAsync(bench, "PUT", $"{Vault}/{name}", new JsonObject { ["value"] = "v" })).Error(400);
        }
    }

    private static Task DisabledAsync(Bench bench) => WithAsync(
        bench,
        async (path, _) =>
        {
            var get = (await AskAsync(bench, "GET", path)).Error(403);
            get.Holds(!get.Body.Contains("hidden", StringComparison.Ordinal), "The response contains the value.");
        },
        new() { ["value"] = "hidden", ["attributes"] = new JsonObject { ["enabled"] = false } });

    private static Task PagesAsync(Bench bench) => WithAsync(bench, (one, _) => WithAsync(bench, async (other, _) =>
    {
        var page = await AskAsync(bench, "GET", Vault + "?maxresults=1");
        page.Holds(page.Items().Count == 1 && page.Object()["nextLink"] is not null,
            "The page does not contain exactly one of two secrets.");
        var ids = (await bench.AllAsync(Version, Vault + "?maxresults=1")).ConvertAll(s => (string?)s["id"] ?? string.Empty);
        page.Holds(new[] { one, other }.All(path => ids.Exists(id => id.EndsWith(path, StringComparison.OrdinalIgnoreCase))),
            "A secret is missing from the pages.");
        foreach (var wrong in new[] { "0", "26", "all" })
        {
            (await AskAsync(bench, "GET", $"{Vault}?maxresults={wrong}")).Error(400);
        }
    }));

    private static Task DeleteAsync(Bench bench) => WithAsync(bench, async (path, _) =>
    {
        var delete = (await AskAsync(bench, "DELETE", path)).Status(200);
        delete.Holds(!delete.Body.Contains("open sesame", StringComparison.Ordinal), "The response contains the value.");
        (await AskAsync(bench, "GET", path)).Error(404, "SecretNotFound");
    });

    private static async Task NoValueAsync(Bench bench)
    {
        foreach (var body in new JsonObject[] { [], new() { ["value"] = 1 }, new() { ["value"] = null } })
        {
            (await AskAsync(bench, "PUT", $"{Vault}/{bench.FreshName()}", body)).Error(400);
        }
    }

    private static async Task LongAsync(Bench bench)
    {
        var body = new JsonObject { ["value"] = new string('v', 25_601) };
        (await AskAsync(bench, "PUT", $"{Vault}/{bench.FreshName()}", body)).Error(400);
        await WithAsync(bench, (_, _) => Task.CompletedTask, new() { ["value"] = new string('v', 25_600) });
    }

    private static Task CasingAsync(Bench bench) => WithAsync(bench, async (path, _) =>
    {
        var name = path.Split('/')[^1];
        (await AskAsync(bench, "GET", $"{Vault}/{name.ToUpperInvariant()}")).Status(200);
    });

    private static async Task TokenAsync(Bench bench) =>
        (await bench.SendAsync(new Call("GET", bench.Versioned(Vault, Version)) { Token = string.Empty })).Error(401);

    private static async Task LogAsync(Bench bench)
    {
        var value = Guid.NewGuid().ToString("N");
        await WithAsync(
            bench,
            async (_, _) =>
            {
                var page = (await bench.AskAsync(ActivityRules.Version, "GET", ActivityRules.Everywhere)).Status(200);
                page.Holds(!page.Body.Contains(value, StringComparison.Ordinal), "The log contains the value.");
            },
            new() { ["value"] = value });
    }
}
