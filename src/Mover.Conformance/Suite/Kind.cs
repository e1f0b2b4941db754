using System.Text.Json.Nodes;
using Mover.Conformance.Contract;

namespace Mover.Conformance.Suite;

/// <summary>A resource type as the rules see it. Endpoint types are kinds of their own: each has properties of its own.</summary>
/// <param name="Name">How checks call it.</param>
/// <param name="Collection">Its segment in a path.</param>
/// <param name="Operations">What its operations' names begin with.</param>
/// <param name="EndpointType">The discriminator; null for what is no endpoint.</param>
internal sealed record Kind(string Name, string Collection, string Operations, string? EndpointType = null)
{
    private static readonly Kind[] All =
    [
        new("storageMovers", "storageMovers", "StorageMovers"),
        new("agents", "agents", "Agents"),
        new("endpoints", "endpoints", "Endpoints", "NfsMount"),
        new("connections", "connections", "Connections"),
        new("projects", "projects", "Projects"),
        new("jobDefinitions", "jobDefinitions", "JobDefinitions"),
        .. new[]
        {
            "AzureStorageBlobContainer", "SmbMount", "AzureStorageSmbFileShare", "AzureStorageNfsFileShare", "AzureMultiCloudConnector",
            "S3WithHMAC",
        }.Select(type => new Kind($"endpoints.{type}", "endpoints", "Endpoints", type) { IsVariant = true }),
    ];

    /// <summary>True for further endpoint types: rules that do not depend on the body's properties leave them out.</summary>
    public bool IsVariant { get; private init; }

    public bool IsMover => Collection == "storageMovers";

    /// <summary>True when a second PUT changes nothing but times, as the live service was recorded doing.</summary>
    public bool IsFixedByFirstPut => Collection == "connections";

    /// <summary>The longest name that the documents allow.</summary>
    public int NameCharsMax => Collection switch { "agents" => 54, "connections" => 21, _ => 64 };

    /// <summary>The full type in its documented casing.</summary>
    public string Type => Collection switch
    {
        "storageMovers" => "Microsoft.StorageMover/storageMovers",
        "jobDefinitions" => "Microsoft.StorageMover/storageMovers/projects/jobDefinitions",
        _ => $"Microsoft.StorageMover/storageMovers/{Collection}",
    };

    /// <summary>The kinds that a version has.</summary>
    public static IEnumerable<Kind> In(ApiDefinition api) => All.Where(kind => kind.IsIn(api));

    /// <summary>A kind by its collection.</summary>
    public static Kind Of(string collection) => Array.Find(All, kind => kind.Collection == collection) ?? All[0];

    /// <summary>A kind of endpoint.</summary>
    public static Kind OfEndpoint(string type) => Array.Find(All, kind => kind.EndpointType == type) ?? All[2];

    public bool IsIn(ApiDefinition api) =>
        PutOf(api) is not null && (EndpointType is null || api.Subtypes(EndpointBase(api)).Contains(EndpointType, StringComparer.Ordinal));

    public ApiOperation? PutOf(ApiDefinition api) => api.Find($"{Operations}_CreateOrUpdate");

    public ApiOperation? PatchOf(ApiDefinition api) => api.Find($"{Operations}_Update");

    /// <summary>The shape of what stands under <c>properties</c>.</summary>
    public ObjectShape PropertiesOf(ApiDefinition api) => Shape(api, PutOf(api), ConcreteIn);

    /// <summary>The shape of what a PATCH may have under <c>properties</c>.</summary>
    public ObjectShape PatchPropertiesOf(ApiDefinition api) => Shape(api, PatchOf(api), ConcreteIn);

    /// <summary>Names of create-only properties, those of <c>properties</c> only.</summary>
    public IEnumerable<string> CreateOnlyIn(ApiDefinition api) => PropertiesOf(api).Properties
        .Where(p => ObjectShape.IsCreateOnly(api, p.Value)).Select(p => p.Key).Order(StringComparer.Ordinal);

    /// <summary>Names of properties that a PUT has to have.</summary>
    public IEnumerable<string> RequiredIn(ApiDefinition api) =>
        PropertiesOf(api).Required.Where(p => !ObjectShape.IsReadOnly(api, PropertiesOf(api).Properties[p])).Order(StringComparer.Ordinal);

    /// <summary>The smallest body that a PUT accepts.</summary>
    public JsonObject Minimal(Bench bench) => Body(bench, RequiredIn(bench.Api));

    /// <summary>The smallest body, with a description.</summary>
    public JsonObject Described(Bench bench) => Body(bench, RequiredIn(bench.Api).Append("description"));

    /// <summary>A body with every property that the version has and the suite knows a value of.</summary>
    public JsonObject Full(Bench bench)
    {
        var api = bench.Api;
        var body = Body(bench, PropertiesOf(api).Properties.Where(p => !ObjectShape.IsReadOnly(api, p.Value)).Select(p => p.Key));
        if (IsMover)
        {
            body["tags"] = new JsonObject { ["one"] = "1", ["two"] = "2" };
        }

        return body;
    }

    private JsonObject Body(Bench bench, IEnumerable<string> names)
    {
        var properties = new JsonObject();
        foreach (var name in names.Order(StringComparer.Ordinal))
        {
            if (Samples.Of(name, this, bench) is { } value)
            {
                properties[name] = value;
            }
        }

        var body = new JsonObject { ["properties"] = properties };
        if (IsMover)
        {
            body.Insert(0, "location", bench.Location);
        }

        return body;
    }

    private static JsonObject EndpointBase(ApiDefinition api) => api.Definition("EndpointBaseProperties") ?? [];

    private JsonObject ConcreteIn(ApiDefinition api, JsonObject properties) =>
        EndpointType is { } type && properties.ContainsKey("discriminator") ? api.Subtype(properties, type) ?? properties : properties;

    private static ObjectShape Shape(ApiDefinition api, ApiOperation? operation, Func<ApiDefinition, JsonObject, JsonObject> concrete)
    {
        var body = operation?.BodySchema is { } schema ? api.Resolve(schema) : [];
        return body["properties"]?["properties"] is JsonObject properties
            ? ObjectShape.Of(api, concrete(api, api.Resolve(properties)))
            : ObjectShape.Of(api, []);
    }
}
