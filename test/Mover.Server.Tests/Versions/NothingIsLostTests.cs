using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using Mover.Conformance.Contract;
using Mover.Testing;
using Xunit.Abstractions;

namespace Mover.Server.Tests.Versions;

/// <summary>
/// Random resources, written in one version, read and written in others, lose nothing. <c>MOVER_SEED</c> repeats a run and
/// <c>MOVER_RESOURCES</c> makes it longer.
/// </summary>
public sealed class NothingIsLostTests(ITestOutputHelper output) : IAsyncLifetime
{
    private TestServer _server = null!;
    private RandomResources _random = null!;

    public async Task InitializeAsync()
    {
        var seed = Setting.Seed(20221201);
        output.WriteLine($"MOVER_SEED={seed}");
        _server = await TestServer.StartAsync();
        _random = new(_server, seed);
        await _random.CreateNeighboursAsync();
    }

    public async Task DisposeAsync() => await _server.DisposeAsync();

    [Fact]
    public async Task What_one_version_wrote_survives_reads_and_writes_in_every_other()
    {
        for (var made = 0; made < Setting.Number("MOVER_RESOURCES", 150); made++)
        {
            var (path, body) = _random.Next();
            await SendAsync(HttpMethod.Put, path, AllTypes.Newest, body);
            var kept = await OwnAsync(path);
            for (var step = 0; step < 4; step++)
            {
                kept = await WriteInAnotherVersionAsync(path, kept);
            }
        }
    }

    [Fact]
    public async Task What_an_older_version_created_is_there_in_every_newer_one()
    {
        for (var made = 0; made < Setting.Number("MOVER_RESOURCES", 150) / 3; made++)
        {
            var (path, body) = _random.Next();
            var version = _random.Version();
            var sample = path + "x";
            await SendAsync(HttpMethod.Put, sample, AllTypes.Newest, body.DeepClone().AsObject());
            var sayable = await ReadAsync(sample, version);
            if (!CanSay(version, body["properties"]!))
            {
                continue;
            }

            foreach (var own in new[] { "id", "name", "systemData" })
            {
                sayable.Remove(own);
            }

            (sayable["identity"] as JsonObject)?.Remove("principalId");
            await SendAsync(HttpMethod.Put, path, version, sayable);

            foreach (var newer in AllTypes.Versions.Where(v => string.CompareOrdinal(v, version) >= 0))
            {
                AssertHolds(sayable["properties"]!, (await ReadAsync(path, newer))["properties"]!, $"{path} {version} -> {newer}");
            }
        }
    }

    // Puts back what it read, with or without another description, or patches one; then everything but the description is as it was.
    private async Task<JsonObject> WriteInAnotherVersionAsync(string path, JsonObject kept)
    {
        var version = _random.Version();
        var text = _random.Text();
        var expected = kept.DeepClone().AsObject();
        expected["properties"]!["description"] = text;
        if (_random.Pick(2) == 0)
        {
            var shown = await ReadAsync(path, version);
            shown["properties"]!["description"] = text;
            await SendAsync(HttpMethod.Put, path, version, shown);
        }
        else
        {
            var patch = new JsonObject { ["description"] = text };
            if (kept["properties"]!["endpointType"] is { } type)
            {
                patch["endpointType"] = type.DeepClone();
            }

            await SendAsync(HttpMethod.Patch, path, version, new() { ["properties"] = patch });
        }

        var now = await OwnAsync(path);
        Assert.True(JsonNode.DeepEquals(expected, now), $"{path} was written in {version}.{Environment.NewLine}{expected}{Environment.NewLine}{now}");
        return now;
    }

    private async Task<JsonObject> ReadAsync(string path, string version) =>
        await (await SendAsync(HttpMethod.Get, path, version, null)).JsonAsync();

    // Everything of a resource but what every write moves.
    private async Task<JsonObject> OwnAsync(string path)
    {
        var own = await ReadAsync(path, AllTypes.Newest);
        own.Remove("systemData");
        return own;
    }

    // Older versions name types that they do not have when such an endpoint is written back; that bends their contract on purpose.
    private async Task<HttpResponseMessage> SendAsync(HttpMethod method, string path, string version, JsonObject? body)
    {
        using var request = new HttpRequestMessage(method, TestServer.Versioned(path, version));
        request.Headers.Add(ContractWatch.BendsContract, "yes");
        request.Content = body is null ? null : new StringContent(body.ToJsonString(), Encoding.UTF8, "application/json");
        var answer = await _server.Http.SendAsync(request);
        Assert.True(
            answer.StatusCode == HttpStatusCode.OK,
            $"{method} {path} in {version}: {answer.StatusCode} {await answer.Content.ReadAsStringAsync()} of {body}");
        return answer;
    }

    private static void AssertHolds(JsonNode said, JsonNode shown, string where)
    {
        foreach (var (name, value) in said.AsObject())
        {
            if (value is JsonObject below)
            {
                AssertHolds(below, shown[name] ?? new JsonObject(), $"{where} {name}");
            }
            else
            {
                Assert.True(JsonNode.DeepEquals(value, shown[name]), $"{where} {name}: {value} became {shown[name]}");
            }
        }
    }

    // A version cannot create an endpoint of a newer type, or a job of a type that it has no word for.
    private static bool CanSay(string version, JsonNode properties) => (string?)(properties["endpointType"] ?? properties["jobType"]) switch
    {
        _ when properties["isCrossTenantJob"] is not null => version == AllTypes.Newest,
        "CloudToCloud" => string.CompareOrdinal(version, "2025-07") > 0,
        "SmbMount" or "AzureStorageSmbFileShare" => string.CompareOrdinal(version, "2023-07") > 0,
        "AzureMultiCloudConnector" or "AzureStorageNfsFileShare" => string.CompareOrdinal(version, "2025-07") > 0,
        "S3WithHMAC" => string.CompareOrdinal(version, "2025-12") > 0,
        _ => true,
    };
}
