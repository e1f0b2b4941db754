using System.Text.Json.Nodes;
using Mover.Conformance.Contract;

namespace Mover.Conformance.Suite.Rules.Around;

/// <summary>
/// Storage accounts: here registrations of accounts that are elsewhere, in the shape of Azure's. Making one at Azure makes a real account,
/// so these are not tried there.
/// </summary>
internal static class StorageAccountRules
{
    private const string Version = "2023-05-01";
    private const string Type = "/providers/Microsoft.Storage/storageAccounts";
    private const string Key = "bm90IGEgcmVhbCBrZXksIGJ1dCBvbmUgb2YgdGhlIHJpZ2h0IGxlbmd0aC4=";

    public static IReadOnlyList<Rule> All { get; } =
    [
        Rule.Once("STOR-001", "An account has sku, kind, location and provisioning state.", Sources.Mover, ShapeAsync),
        Rule.Once("STOR-002", "An account name other than 3 to 24 lower-case letters and digits is refused: 400.",
            Sources.Mover, NameAsync),
        Rule.Once("STOR-003", "An account without custom endpoints has Azure's, over https.", Sources.Mover, EndpointsAsync),
        Rule.Once("STOR-004", "An account without a sku is refused: 400.", Sources.Mover, NoSkuAsync),
        Rule.Once("STOR-005", "A key can be set but not read: listKeys returns 403.", Sources.Mover, KeysAsync),
        Rule.Once("STOR-006", "Responses never contain a key, only whether one is set.", Sources.Mover, SecretAsync),
        Rule.Once("STOR-007", "An invalid key is refused, and the response does not repeat it.", Sources.Mover, WrongKeyAsync),
        Rule.Once("STOR-008", "An account is listed in its group and its subscription.", Sources.Mover, ListsAsync),
        Rule.Once("STOR-009", "A PATCH of the tags changes nothing else.", Sources.Mover, PatchAsync),
        Rule.Once("STOR-010", "A deleted account returns 404, and a second DELETE returns 204.", Sources.Mover, DeleteAsync),
        Rule.Once("STOR-011", "The location of an account cannot be changed.", Sources.Mover, LocationAsync),
        Rule.Once("STOR-012", "An endpoint that is not an http address is refused: 400.", Sources.Mover, AddressAsync),
    ];

    private static JsonObject Body(Bench bench) => new()
    {
        ["location"] = bench.Location, ["kind"] = "StorageV2", ["sku"] = new JsonObject { ["name"] = "Standard_LRS" },
    };

    private static Task<Exchange> AskAsync(Bench bench, string method, string path, JsonNode? body = null) =>
        bench.AskAsync(Version, method, path, body);

    private static async Task WithAsync(Bench bench, Func<string, Exchange, Task> run)
    {
        var path = $"{bench.Group}{Type}/cfm{Guid.NewGuid():N}"[..(bench.Group.Length + Type.Length + 21)];
        var put = (await AskAsync(bench, "PUT", path, Body(bench))).Status(200, 201);
        try
        {
            await run(path, put);
        }
        finally
        {
            await bench.EraseAsync(path, Version);
        }
    }

    private static Task ShapeAsync(Bench bench) => WithAsync(bench, (path, put) =>
    {
        put.Same(path.Split('/')[^1], put.Object()["name"], "The name").Same("StorageV2", put.Object()["kind"], "The kind")
            .Same("Standard_LRS", put.Object()["sku"]?["name"], "The sku").Same("Standard", put.Object()["sku"]?["tier"], "The tier")
            .Same(bench.Location, put.Object()["location"], "The location")
            .Same("Succeeded", put.Properties()["provisioningState"], "The provisioning state");
        return Task.CompletedTask;
    });

    private static async Task NameAsync(Bench bench)
    {
        foreach (var name in new[] { "ab", "Account", "with-hyphen", new string('a', 25) })
        {
            (await AskAsync(bench, "PUT", $"{bench.Group}{Type}/{name}", Body(bench))).Error(400);
        }
    }

    private static Task EndpointsAsync(Bench bench) => WithAsync(bench, (path, put) =>
    {
        put.Same($"https://{path.Split('/')[^1]}.blob.core.windows.net/", put.Properties()["primaryEndpoints"]?["blob"], "The endpoint");
        return Task.CompletedTask;
    });

    private static async Task NoSkuAsync(Bench bench)
    {
        var body = Body(bench);
        body.Remove("sku");
        (await AskAsync(bench, "PUT", $"{bench.Group}{Type}/cfmwithoutsku", body)).Error(400);
    }

    private static Task KeysAsync(Bench bench) => WithAsync(bench, async (path, _) =>
    {
        (await AskAsync(bench, "POST", path + "/setKey", new JsonObject { ["key"] = Key })).Status(200);
        var list = (await AskAsync(bench, "POST", path + "/listKeys")).Error(403, "KeysAreNotListed");
        list.Holds(!list.Body.Contains(Key, StringComparison.Ordinal), "The response contains the key.");
    });

    private static Task SecretAsync(Bench bench) => WithAsync(bench, async (path, _) =>
    {
        var set = (await AskAsync(bench, "POST", path + "/setKey", new JsonObject { ["key"] = Key })).Status(200);
        var get = (await AskAsync(bench, "GET", path)).Status(200);
        get.Same(true, get.Properties()["keyIsSet"], "The property keyIsSet")
            .Holds(!(set.Body + get.Body).Contains(Key, StringComparison.Ordinal), "A response contains the key.");
    });

    private static Task WrongKeyAsync(Bench bench) => WithAsync(bench, async (path, _) =>
    {
        var answer = (await AskAsync(bench, "POST", path + "/setKey", new JsonObject { ["key"] = "pa$$word" })).Error(400);
        answer.Holds(!answer.Body.Contains("pa$$word", StringComparison.Ordinal), "The response repeats the rejected key.");
    });

    private static Task ListsAsync(Bench bench) => WithAsync(bench, async (path, _) =>
    {
        bench.Holds((await bench.AllAsync(Version, bench.Group + Type)).With(path) is not null, "The resource is not listed in its group.");
        bench.Holds((await bench.AllAsync(Version, bench.Subscription + Type)).With(path) is not null,
            "The resource is not listed in its subscription.");
    });

    private static Task PatchAsync(Bench bench) => WithAsync(bench, async (path, put) =>
    {
        var tags = new JsonObject { ["one"] = "1" };
        var patch = (await AskAsync(bench, "PATCH", path, new JsonObject { ["tags"] = tags.DeepClone() })).Status(200);
        patch.Same(tags, patch.Object()["tags"], "The tags").Same(put.Properties(), patch.Properties(), "The properties");
    });

    private static Task DeleteAsync(Bench bench) => WithAsync(bench, async (path, _) =>
    {
        (await AskAsync(bench, "DELETE", path)).Status(200);
        (await AskAsync(bench, "GET", path)).Error(404, "ResourceNotFound");
        (await AskAsync(bench, "DELETE", path)).Status(204);
    });

    private static Task LocationAsync(Bench bench) => WithAsync(bench, async (path, _) =>
    {
        var body = Body(bench);
        body["location"] = bench.Location == "westus2" ? "westeurope" : "westus2";
        (await AskAsync(bench, "PUT", path, body)).Error(409, "InvalidResourceLocation");
    });

    private static async Task AddressAsync(Bench bench)
    {
        foreach (var address in new[] { "ftp://host/", "host", "https://user@host/", "https://host/?sas=1" })
        {
            var body = Body(bench);
            body["properties"] = new JsonObject { ["primaryEndpoints"] = new JsonObject { ["blob"] = address } };
            (await AskAsync(bench, "PUT", $"{bench.Group}{Type}/cfmwrongaddress", body)).Error(400);
        }
    }
}
