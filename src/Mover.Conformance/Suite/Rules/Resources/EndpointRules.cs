using System.Text.Json.Nodes;
using Mover.Conformance.Contract;

namespace Mover.Conformance.Suite.Rules.Resources;

/// <summary>Endpoints: defaults, kinds, and what their types check. Source: the definitions, documents and recorded behaviour.</summary>
internal static class EndpointRules
{
    private static readonly string[] Targets = ["AzureStorageBlobContainer", "AzureStorageSmbFileShare", "AzureStorageNfsFileShare"];

    public static IReadOnlyList<Rule> All { get; } =
    [
        Rule.OfVersion("END-010", "An NFS mount without a version is NFSauto.", NfsVersionAsync).From(Sources.Recorded),
        new Rule("END-011", "Without a kind, a container or share is a target, and everything else a source.", DefaultKinds)
            .From(Sources.Recorded),
        Rule.OfVersion("END-012", "A blob container may be a source, and a GET returns it as one.", ContainerSourceAsync, HasKind)
            .From(Sources.Recorded),
        Rule.OfVersion("END-013", "An identity of None removes the identity.", NoIdentityAsync,
            api => api.Definition("Endpoint")?["properties"]?["identity"] is not null).From(Sources.Definition),
        Rule.OfVersion("END-014", "An endpoint without an identity shows none.", SilentIdentityAsync).From(Sources.Recorded),
        new Rule("END-015", "A source type is accepted with and without its hyphen.",
            api => SourceTypes(api, "FSX")).From(Sources.Documents),
        new Rule("END-016", "A host with a path, a user or a space is refused: 400.", Hosts).From(Sources.Mover),
        new Rule("END-017", "A container or share name that Azure Storage does not allow is refused: 400.",
            StorageNames).From(Sources.Documents),
        Rule.OfVersion("END-018", "An S3 source address that is not https is refused: 400.", S3AddressAsync, api =>
            Kind.OfEndpoint("S3WithHMAC").IsIn(api))
            .From(Sources.Documents),
        Rule.OfVersion("END-019", "A PATCH replaces the whole list of allowed accounts.", AllowedAsync, HasAllowed)
            .From(Sources.Definition),
        Rule.OfVersion("END-020", "An allowed account that is not a storage account id is refused: 400.", WrongAllowedAsync, HasAllowed)
            .From(Sources.Definition),
        Rule.OfVersion("END-021", "An export without a slash and a name with an underscore are accepted.", BareExportAsync)
            .From(Sources.Recorded),
        new Rule("END-022", "A property of another endpoint type is not returned.", Foreign).From(Sources.Definition),
        Rule.OfVersion("END-023", "An account's id is not case-sensitive: another casing is not a change.", AccountCasingAsync)
            .From(Sources.Rpc),
    ];

    private static bool HasKind(ApiDefinition api) => Kind.Of("endpoints").PropertiesOf(api).Properties.ContainsKey("endpointKind");

    private static bool HasAllowed(ApiDefinition api) =>
        Kind.OfEndpoint("AzureStorageBlobContainer").PropertiesOf(api).Properties.ContainsKey("allowedStorageAccounts");

    private static IEnumerable<Kind> In(ApiDefinition api) => Kind.In(api).Where(kind => kind.EndpointType is not null);

    private static Task<Exchange> PutAsync(Bench bench, Kind kind, string property, JsonNode? value)
    {
        var body = kind.Minimal(bench);
        body["properties"]![property] = value;
        return bench.SendAsync("PUT", bench.Fresh(kind), body);
    }

    private static async Task NfsVersionAsync(Bench bench)
    {
        var put = await bench.CreateAsync(Kind.OfEndpoint("NfsMount"), bench.Fresh(Kind.OfEndpoint("NfsMount")));
        put.Same("NFSauto", put.Properties()["nfsVersion"], "The version");
    }

    private static IEnumerable<Case> DefaultKinds(ApiDefinition api) => HasKind(api)
        ? In(api).Select(kind => new Case(kind.EndpointType ?? string.Empty, async bench =>
        {
            var put = await bench.CreateAsync(kind, bench.Fresh(kind));
            var expected = Targets.Contains(kind.EndpointType, StringComparer.Ordinal) ? "Target" : "Source";
            put.Same(expected, put.Properties()["endpointKind"], "The kind");
        }))
        : [];

    private static async Task ContainerSourceAsync(Bench bench)
    {
        var put = (await PutAsync(bench, Kind.OfEndpoint("AzureStorageBlobContainer"), "endpointKind", "Source")).Status(200, 201);
        put.Same("Source", put.Properties()["endpointKind"], "The kind");
        var get = (await bench.GetAsync(put.Path)).Status(200);
        get.Same("Source", get.Properties()["endpointKind"], "The kind that a GET returns");
    }

    private static async Task NoIdentityAsync(Bench bench)
    {
        var kind = Kind.OfEndpoint("AzureStorageBlobContainer");
        var path = bench.Fresh(kind);
        var body = kind.Minimal(bench);
        body["identity"] = new JsonObject { ["type"] = "SystemAssigned" };
        (await bench.SendAsync("PUT", path, body)).Status(200, 201);
        var patch = PatchRules.Body(bench, kind);
        patch["identity"] = new JsonObject { ["type"] = "None" };
        (await bench.SendAsync("PATCH", path, patch)).Status(200);
        var get = (await bench.GetAsync(path)).Status(200);
        get.Holds((string?)get.Object()["identity"]?["type"] is null or "None", "The identity is still set.");
    }

    private static async Task SilentIdentityAsync(Bench bench)
    {
        var put = await bench.CreateAsync(Kind.Of("endpoints"), bench.Fresh(Kind.Of("endpoints")));
        put.Holds(!put.Object().ContainsKey("identity"), "The endpoint has an identity that was not requested.");
    }

    private static IEnumerable<Case> SourceTypes(ApiDefinition api, string family) =>
        from row in new[] { ("NfsMount", "EFS"), ("SmbMount", "SMB") }
        let kind = Kind.OfEndpoint(row.Item1)
        where kind.IsIn(api) && kind.PropertiesOf(api).Properties.ContainsKey("sourceType")
        from hyphen in new[] { "-", string.Empty }
        let value = family + hyphen + row.Item2
        select new Case(value, async bench => (await PutAsync(bench, kind, "sourceType", value)).Status(200, 201));

    private static IEnumerable<Case> Hosts(ApiDefinition api) =>
        from kind in In(api)
        where kind.RequiredIn(api).Contains("host", StringComparer.Ordinal)
        from row in new[] { ("path", "filer/data"), ("user", "me@filer"), ("blank", "my filer"), ("address", "https://filer"), ("empty",
            "") }
        select new Case($"{kind.EndpointType}.{row.Item1}", async bench => (await PutAsync(bench, kind, "host", row.Item2)).Error(400));

    private static IEnumerable<Case> StorageNames(ApiDefinition api) =>
        from kind in In(api)
        from property in new[] { "blobContainerName", "fileShareName" }
        where kind.RequiredIn(api).Contains(property, StringComparer.Ordinal)
        from name in new[] { "ab", "Upper", "a--b", "-ab", "under_score", new string('c', 64) }
        select new Case($"{kind.EndpointType}.{(name.Length > 20 ? "long" : name)}", async bench =>
            (await PutAsync(bench, kind, property, name)).Error(400));

    private static async Task S3AddressAsync(Bench bench)
    {
        foreach (var address in new[] { "http://s3.example.org/bucket", "s3://bucket", "bucket" })
        {
            (await PutAsync(bench, Kind.OfEndpoint("S3WithHMAC"), "sourceUri", address)).Error(400);
        }
    }

    private static async Task AllowedAsync(Bench bench)
    {
        var kind = Kind.OfEndpoint("AzureStorageBlobContainer");
        var path = bench.Fresh(kind);
        (await bench.SendAsync("PUT", path, kind.Full(bench))).Status(200, 201);
        foreach (var list in new[] { Samples.Of("allowedStorageAccounts", kind, bench, other: true) ?? new JsonArray(), new JsonArray() })
        {
            var patch = await bench.SendAsync("PATCH", path, PatchRules.Body(bench, kind, ("allowedStorageAccounts", list.DeepClone())));
            patch.Status(200).Same(list, patch.Properties()["allowedStorageAccounts"] ?? new JsonArray(), "The allowed accounts");
        }
    }

    private static async Task WrongAllowedAsync(Bench bench)
    {
        foreach (var id in new[] { "account", $"{bench.Group}/providers/Microsoft.Compute/disks/d" })
        {
            (await PutAsync(bench, Kind.OfEndpoint("AzureStorageBlobContainer"), "allowedStorageAccounts", new JsonArray(id))).Error(400);
        }
    }

    private static async Task BareExportAsync(Bench bench)
    {
        var kind = Kind.OfEndpoint("NfsMount");
        var body = kind.Minimal(bench);
        body["properties"]!["export"] = "exportfolder";
        var put = (await bench.SendAsync("PUT", bench.Fresh(kind) + "_1", body)).Status(200, 201);
        put.Same("exportfolder", put.Properties()["export"], "The export");
    }

    private static IEnumerable<Case> Foreign(ApiDefinition api) =>
        from kind in In(api)
        let foreign = kind.EndpointType == "NfsMount" ? "blobContainerName" : "nfsVersion"
        select new Case(kind.EndpointType ?? string.Empty, async bench =>
        {
            var body = kind.Minimal(bench);
            body["properties"]![foreign] = kind.EndpointType == "NfsMount" ? "container1" : "NFSv3";
            var call = new Call("PUT", bench.Versioned(bench.Fresh(kind)), body.ToJsonString()) { BendsContract = true };
            var put = (await bench.SendAsync(call)).Status(200, 201, 400);
            put.Holds(put.Status == 400 || !put.Properties().ContainsKey(foreign), $"'{foreign}' is returned.");
        });

    private static async Task AccountCasingAsync(Bench bench)
    {
        var kind = Kind.OfEndpoint("AzureStorageBlobContainer");
        var path = bench.Fresh(kind);
        await bench.CreateAsync(kind, path);
        var body = kind.Minimal(bench);
        var account = (string?)body["properties"]?["storageAccountResourceId"] ?? string.Empty;
        body["properties"]!["storageAccountResourceId"] = account.Replace("resourceGroups", "RESOURCEGROUPS", StringComparison.Ordinal);
        (await bench.SendAsync("PUT", path, body)).Status(200);
    }
}
