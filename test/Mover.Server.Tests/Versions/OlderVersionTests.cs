using System.Net;
using System.Text.Json.Nodes;

namespace Mover.Server.Tests.Versions;

/// <summary>What writes in older versions may and may not do.</summary>
public sealed class OlderVersionTests : IAsyncLifetime
{
    private TestServer _server = null!;

    private string Endpoint => _server.Mover() + "/endpoints/e";

    public async Task InitializeAsync()
    {
        _server = await TestServer.StartAsync();
        await _server.CreateMoverAsync();
    }

    public async Task DisposeAsync() => await _server.DisposeAsync();

    [Fact]
    public async Task A_property_that_the_version_does_not_have_is_ignored()
    {
        await _server.CreateAsync(
            TestServer.Versioned(Endpoint, "2025-12-01"),
            """{"properties":{"endpointType":"NfsMount","host":"h","export":"e","sourceType":"FSX-EFS"}}""");

        var newest = await _server.ReadAsync(Endpoint, AllTypes.Newest);

        Assert.False(newest["properties"]!.AsObject().ContainsKey("sourceType"));
    }

    [Theory]
    [InlineData("2025-12-01", """{"properties":{"endpointType":"NfsMount","host":"h","export":"e","nfsVersion":"NFSv4_1"}}""", "properties.nfsVersion")]
    [InlineData("2025-08-01", """{"properties":{"endpointType":"S3WithHMAC"}}""", "properties.endpointType")]
    [InlineData("2023-03-01", """{"properties":{"endpointType":"SmbMount","host":"h","shareName":"s"}}""", "properties.endpointType")]
    public async Task A_value_that_the_version_does_not_have_is_refused(string version, string body, string target)
    {
        var answer = await _server.PutAsync(TestServer.Versioned(Endpoint, version), body);

        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        Assert.Equal(target, (string?)(await answer.JsonAsync())["error"]!["target"]);
    }

    [Theory]
    [InlineData("NFSv4", HttpStatusCode.OK)]
    [InlineData("NFSv3", HttpStatusCode.BadRequest)]
    public async Task A_value_that_is_shown_as_another_one_stays_when_it_comes_back_as_shown(string sent, HttpStatusCode status)
    {
        await _server.CreateAsync(
            TestServer.Versioned(Endpoint, AllTypes.Newest),
            """{"properties":{"endpointType":"NfsMount","host":"h","export":"e","nfsVersion":"NFSv4_1"}}""");

        var answer = await _server.PutAsync(
            TestServer.Versioned(Endpoint, "2024-07-01"),
            "{\"properties\":{\"endpointType\":\"NfsMount\",\"host\":\"h\",\"export\":\"e\",\"nfsVersion\":\"" + sent + "\"}}");

        Assert.Equal(status, answer.StatusCode);
        Assert.Equal("NFSv4_1", (string?)(await _server.ReadAsync(Endpoint, AllTypes.Newest))["properties"]!["nfsVersion"]);
    }

    [Theory]
    [InlineData("2022-07-01-preview", HttpStatusCode.OK)]
    [InlineData("2023-03-01", HttpStatusCode.OK)]
    [InlineData("2023-10-01", HttpStatusCode.BadRequest)]
    [InlineData("2026-05-01", HttpStatusCode.BadRequest)]
    public async Task A_patch_of_an_endpoint_names_its_type_from_the_first_discriminated_version_on(string version, HttpStatusCode status)
    {
        await _server.CreateAsync(Endpoint, Some.NfsBody);

        var answer = await _server.PatchAsync(TestServer.Versioned(Endpoint, version), """{"properties":{"description":"d"}}""");

        Assert.Equal(status, answer.StatusCode);
    }

    [Fact]
    public async Task What_is_set_at_creation_stays_in_every_version()
    {
        await _server.CreateAsync(Endpoint, _server.BlobBody());

        var answer = await _server.PutAsync(
            TestServer.Versioned(Endpoint, "2023-03-01"), _server.BlobBody().Replace("\"cont\"", "\"other\"", StringComparison.Ordinal));

        Assert.Equal("properties.blobContainerName", (string?)(await answer.JsonAsync())["error"]!["target"]);
    }

    [Fact]
    public async Task An_older_version_changes_what_it_sees_of_a_schedule_and_keeps_the_rest()
    {
        await _server.CreateAsync(_server.Mover() + "/endpoints/src", Some.NfsBody);
        await _server.CreateAsync(_server.Mover() + "/endpoints/dst", _server.BlobBody());
        await _server.CreateAsync(_server.Mover() + "/projects/p1", "{}");
        var job = JsonNode.Parse(Some.DefinitionBody)!;
        job["properties"]!["schedule"] = JsonNode.Parse("""{"frequency":"Hourly","repeatInterval":"2H","executionTime":{"hour":1,"minute":0}}""");
        await _server.CreateAsync(TestServer.Versioned(_server.Definition(), AllTypes.Newest), job.ToJsonString());
        var older = await _server.ReadAsync(_server.Definition(), "2025-12-01");
        older["properties"]!["schedule"]!["executionTime"]!["hour"] = 5;

        await _server.CreateAsync(TestServer.Versioned(_server.Definition(), "2025-12-01"), older.ToJsonString());

        var newest = await _server.ReadAsync(_server.Definition(), AllTypes.Newest);
        Assert.Equal("""{"executionTime":{"hour":1,"minute":0}}""".Replace(":1,", ":5,", StringComparison.Ordinal), older["properties"]!["schedule"]!.ToJsonString());
        Assert.Equal("""{"frequency":"Hourly","executionTime":{"hour":5,"minute":0},"repeatInterval":"2H"}""", newest["properties"]!["schedule"]!.ToJsonString());
    }

    [Fact]
    public async Task A_container_that_an_older_version_made_can_be_read_by_a_cloud_job_of_that_version()
    {
        await _server.CreateAsync(TestServer.Versioned(_server.Mover() + "/endpoints/from", "2025-07-01"), _server.BlobBody());
        await _server.CreateAsync(TestServer.Versioned(_server.Mover() + "/endpoints/to", "2025-07-01"), _server.BlobBody());
        await _server.CreateAsync(_server.Mover() + "/projects/p1", "{}");
        const string Job = """{"properties":{"copyMode":"Additive","jobType":"CloudToCloud","sourceName":"from","targetName":"to"}}""";

        var older = await _server.PutAsync(TestServer.Versioned(_server.Definition("j1"), "2025-07-01"), Job);
        var newer = await _server.PutAsync(TestServer.Versioned(_server.Definition("j2"), "2025-12-01"), Job);

        Assert.Equal(HttpStatusCode.OK, older.StatusCode);
        Assert.Equal("properties.sourceName", (string?)(await newer.JsonAsync())["error"]!["target"]);
    }
}
