using System.Net;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Mover.Server.Tests.Versions;

/// <summary>Resources written in the newest version, read in every other. What a version has is taken from its API definition.</summary>
public sealed class ApiVersionTests(AllTypesServer all) : IClassFixture<AllTypesServer>, IDisposable
{
    private static readonly JsonNode Definitions = JsonNode.Parse(
        File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "Versions", "shapes.json")))!;

    // What a version has another word for, or none.
    private static readonly Dictionary<string, string?> Renamed = new(StringComparer.Ordinal)
    {
        ["NFSv4_1"] = "NFSv4",
        ["OnPremToCloudAgentLess"] = "OnPremToCloud",
        ["Hourly"] = null,
    };

    private readonly TestServer _server = all.Server;

    public static TheoryData<string> Versions => [.. AllTypes.Versions];

    public void Dispose() => _server.Contract.AssertKept();

    [Theory]
    [MemberData(nameof(Versions))]
    public async Task Every_type_is_shown_with_exactly_the_properties_of_the_version(string version)
    {
        foreach (var (path, shape) in all.Shapes)
        {
            var newest = await _server.ReadAsync(path, AllTypes.Newest);
            if (shape == "connections" && Has(version, shape).Length == 0)
            {
                continue;
            }

            var shown = await _server.ReadAsync(path, version);

            var expected = newest.DeepClone().AsObject();
            Shape(expected["properties"]!.AsObject(), version, shape);
            if (Has(version, "identity").Length == 0)
            {
                expected.Remove("identity");
            }

            Assert.Equal(expected.ToJsonString(), shown.ToJsonString());
        }
    }

    [Theory]
    [MemberData(nameof(Versions))]
    public async Task A_list_shows_the_same_as_a_get(string version)
    {
        foreach (var collection in new[] { "/endpoints", "/agents", "/projects/p1/jobDefinitions" })
        {
            var list = await _server.ReadAsync(_server.Mover() + collection, version);

            foreach (var item in list["value"]!.AsArray())
            {
                var one = await _server.ReadAsync((string)item!["id"]!, version);
                Assert.Equal(one.ToJsonString(), item.ToJsonString());
            }
        }
    }

    [Theory]
    [InlineData("2022-07-01-preview", HttpStatusCode.NotFound)]
    [InlineData("2025-07-01", HttpStatusCode.NotFound)]
    [InlineData("2025-08-01", HttpStatusCode.OK)]
    [InlineData("2026-05-01", HttpStatusCode.OK)]
    public async Task Connections_are_there_from_2025_08_01_on(string version, HttpStatusCode status)
    {
        var answer = await _server.GetAsync(TestServer.Versioned(_server.Mover() + "/connections", version));

        Assert.Equal(status, answer.StatusCode);
        if (status != HttpStatusCode.OK)
        {
            var error = (await answer.JsonAsync())["error"]!;
            Assert.Equal("InvalidResourceType", (string?)error["code"]);
            Assert.Equal(
                $"The resource type 'storageMovers/connections' could not be found in the namespace 'Microsoft.StorageMover' for api version '{version}'. "
                + "The supported api-versions are '2025-08-01,2025-12-01,2026-05-01'.",
                (string?)error["message"]);
        }
    }

    [Fact]
    public async Task An_unknown_version_is_refused_with_those_that_are_known()
    {
        var answer = await _server.GetAsync(TestServer.Versioned(_server.Mover(), "2024-01-01"));

        var error = (await answer.JsonAsync())["error"]!;
        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        Assert.Equal("InvalidApiVersionParameter", (string?)error["code"]);
        Assert.Contains(string.Join(',', AllTypes.Versions), (string?)error["message"], StringComparison.Ordinal);
    }

    private static string[] Has(string version, string shape) => Definitions[version]![shape].Deserialize<string[]>() ?? [];

    private static void Shape(JsonObject properties, string version, string shape)
    {
        var has = Has(version, shape) is { Length: > 0 } known ? known : Has(version, "endpoints");
        foreach (var (name, value) in properties.ToList())
        {
            if (!has.Contains(name, StringComparer.Ordinal))
            {
                properties.Remove(name);
            }
            else if (value is JsonObject below && name is "schedule" or "jobDefinitionProperties" or "sourceProperties" or "targetProperties")
            {
                Shape((JsonObject)value, version, name switch
                {
                    "schedule" => "schedule",
                    "jobDefinitionProperties" => "jobDefinitions",
                    _ => (string)below["endpointType"]!,
                });
            }
            else if (version != AllTypes.Newest && value is JsonValue text && text.GetValueKind() == JsonValueKind.String
                && Renamed.TryGetValue(text.GetValue<string>(), out var older))
            {
                properties[name] = older;
                if (older is null)
                {
                    properties.Remove(name);
                }
            }
        }
    }
}
