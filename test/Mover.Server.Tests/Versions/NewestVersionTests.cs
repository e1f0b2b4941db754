using System.Net;
using System.Text.Json.Nodes;
using Mover.Core.Arm;
using Mover.Core.Jobs;
using Mover.Core.Resources;
using Mover.State.Documents;
using Microsoft.Extensions.DependencyInjection;

namespace Mover.Server.Tests.Versions;

/// <summary>What came with the newest versions: connections that an owner decides on, cross-tenant jobs, <c>reconcileJob</c>.</summary>
public sealed class NewestVersionTests : IAsyncLifetime
{
    private TestServer _server = null!;

    public async Task InitializeAsync()
    {
        _server = await TestServer.StartAsync();
        await _server.CreateJobAsync();
    }

    public async Task DisposeAsync() => await _server.DisposeAsync();

    [Fact]
    public async Task The_owner_of_a_private_link_service_sees_and_approves_its_connections()
    {
        var service = _server.Group("net") + "/providers/Microsoft.Network/privateLinkServices/pls";
        var connection = _server.Mover() + "/connections/c1";
        await _server.CreateAsync(connection, "{\"properties\":{\"privateLinkServiceId\":\"" + service + "\"}}");
        await _server.CreateAsync(_server.Mover() + "/connections/other", "{\"properties\":{\"privateLinkServiceId\":\"" + service + "2\"}}");
        var seen = (await NetworkAsync(HttpMethod.Get, service + "/privateEndpointConnections"))["value"]!.AsArray();

        var approved = await NetworkAsync(HttpMethod.Put, (string)seen.Single()!["id"]!, "Approved");

        Assert.Equal("Pending", (string?)seen.Single()!["properties"]!["privateLinkServiceConnectionState"]!["status"]);
        Assert.Equal("Approved", (string?)approved["properties"]!["privateLinkServiceConnectionState"]!["status"]);
        Assert.Equal("Approved", (string?)(await _server.ReadAsync(connection, AllTypes.Newest))["properties"]!["connectionStatus"]);
    }

    [Fact]
    public async Task A_connection_that_was_taken_away_stays_so()
    {
        var service = _server.Group() + "/providers/Microsoft.Network/privateLinkServices/pls";
        await _server.CreateAsync(_server.Mover() + "/connections/c1", "{\"properties\":{\"privateLinkServiceId\":\"" + service + "\"}}");
        var id = (string)(await NetworkAsync(HttpMethod.Get, service + "/privateEndpointConnections"))["value"]![0]!["id"]!;
        await NetworkAsync(HttpMethod.Delete, id);

        var again = await NetworkAsync(HttpMethod.Put, id, "Approved");

        Assert.Equal("Disconnected", (string?)(await _server.ReadAsync(_server.Mover() + "/connections/c1", AllTypes.Newest))["properties"]!["connectionStatus"]);
        Assert.Equal("ConnectionStateConflict", (string?)again["error"]!["code"]);
    }

    [Theory]
    [InlineData("""{"isCrossTenantJob":true,"jobType":"CloudToCloud"}""", "properties.crossTenantEndpointTenantId", "properties.crossTenantEndpointResourceId")]
    [InlineData("""{"isCrossTenantJob":true,"crossTenantEndpointTenantId":"x","crossTenantEndpointResourceId":"/subscriptions/s/resourceGroups/g/providers/Microsoft.StorageMover/storageMovers/m"}""", "properties.isCrossTenantJob", "properties.crossTenantEndpointResourceId", "properties.crossTenantEndpointTenantId", "properties.jobType")]
    public async Task Everything_that_is_wrong_with_a_cross_tenant_job_is_named(string own, params string[] targets)
    {
        await _server.CreateAsync(_server.Mover() + "/endpoints/from", _server.BlobBody().Replace("\"properties\":{", "\"properties\":{\"endpointKind\":\"Source\",", StringComparison.Ordinal));
        var body = JsonNode.Parse("""{"properties":{"copyMode":"Additive","sourceName":"from","targetName":"there"}}""")!;
        foreach (var (name, value) in JsonNode.Parse(own)!.AsObject())
        {
            body["properties"]![name] = value!.DeepClone();
        }

        var answer = await _server.PutAsync(TestServer.Versioned(_server.Definition("x"), AllTypes.Newest), body.ToJsonString());

        Assert.Equal(targets, (await answer.JsonAsync())["error"]!["details"]!.AsArray().Select(d => (string)d!["target"]!));
    }

    [Theory]
    [InlineData("src", "share", "OnPremToCloud", "properties.targetName")]
    [InlineData("src", "dst", "CloudToCloud", "properties.jobType")]
    [InlineData("multi", "dst", "OnPremToCloud", "properties.jobType")]
    [InlineData("multi", "share", "CloudToCloud", "properties.targetName")]
    [InlineData("src", "dst", "OnPremToCloudAgentLess", null)]
    [InlineData("multi", "dst", "CloudToCloud", null)]
    public async Task A_job_copies_between_endpoints_that_go_together(string source, string target, string jobType, string? wrong)
    {
        await _server.CreateAsync(_server.Mover() + "/endpoints/share", """{"properties":{"endpointType":"AzureStorageSmbFileShare","storageAccountResourceId":"/subscriptions/s/resourceGroups/g/providers/Microsoft.Storage/storageAccounts/a","fileShareName":"share"}}""");
        await _server.CreateAsync(_server.Mover() + "/endpoints/multi", """{"properties":{"endpointType":"AzureMultiCloudConnector","multiCloudConnectorId":"/subscriptions/s/resourceGroups/g/providers/Microsoft.HybridConnectivity/publicCloudConnectors/c","awsS3BucketId":"/subscriptions/s/resourceGroups/g/providers/Microsoft.AwsConnector/s3Buckets/b"}}""");

        var answer = await _server.PutAsync(
            TestServer.Versioned(_server.Definition("x"), AllTypes.Newest),
            $$$"""{"properties":{"copyMode":"Additive","sourceName":"{{{source}}}","targetName":"{{{target}}}","jobType":"{{{jobType}}}"}}""");

        Assert.Equal(wrong, (string?)(await answer.JsonAsync())["error"]?["target"]);
    }

    [Fact]
    public async Task A_list_of_allowed_accounts_is_replaced_whole()
    {
        const string Accounts = "/subscriptions/s/resourceGroups/g/providers/Microsoft.Storage/storageAccounts/";
        var path = TestServer.Versioned(_server.Mover() + "/endpoints/dst", AllTypes.Newest);
        await _server.PatchAsync(path, $$$"""{"properties":{"endpointType":"AzureStorageBlobContainer","allowedStorageAccounts":["{{{Accounts}}}a","{{{Accounts}}}b"]}}""");

        var answer = await (await _server.PatchAsync(path, $$$"""{"properties":{"endpointType":"AzureStorageBlobContainer","allowedStorageAccounts":["{{{Accounts}}}c"]}}""")).JsonAsync();

        Assert.Equal([Accounts + "c"], answer["properties"]!["allowedStorageAccounts"]!.AsArray().Select(a => (string)a!));
    }

    [Fact]
    public async Task Reconciling_puts_a_run_back_into_the_queue_it_fell_out_of()
    {
        var run = (string)(await (await _server.PostAsync(_server.Definition() + "/startJob")).JsonAsync())["jobRunResourceId"]!;
        var documents = _server.Services.GetRequiredService<DocumentStore>();
        Assert.True(ResourceId.TryParse(_server.Mover() + "/agents/a1", out var agent));
        var place = DocumentKey.Internal(QueuedRun.PlaceOf(agent));
        var entry = Assert.Single((await documents.ListInternalAsync(place, MoverJson.Wire.QueuedRun, null, 10, CancellationToken.None)).Documents);
        await documents.DeleteAsync(entry.Key, DocumentCondition.Always, new("t", "User", TimeProvider.System.GetUtcNow(), "c"), CancellationToken.None);

        var answer = await (await _server.PostAsync(TestServer.Versioned(_server.Definition() + "/reconcileJob", AllTypes.Newest))).JsonAsync();

        Assert.Equal(run, (string?)answer["jobRunResourceId"]);
        var queued = await documents.ListInternalAsync(place, MoverJson.Wire.QueuedRun, null, 10, CancellationToken.None);
        Assert.Equal(run, Assert.Single(queued.Documents).Value.RunId);
    }

    [Theory]
    [InlineData("2026-05-01", HttpStatusCode.Conflict, "JobRunNotActive")]
    [InlineData("2025-12-01", HttpStatusCode.NotFound, "InvalidResourceType")]
    public async Task Reconciling_needs_an_active_run_and_the_version_that_has_it(string version, HttpStatusCode status, string code)
    {
        var answer = await _server.PostAsync(TestServer.Versioned(_server.Definition() + "/reconcileJob", version));

        Assert.Equal(status, answer.StatusCode);
        Assert.Equal(code, await answer.ErrorCodeAsync());
    }

    private async Task<JsonObject> NetworkAsync(HttpMethod method, string path, string? status = null) =>
        await (await _server.SendAsync(
            method, TestServer.Versioned(path, "2024-05-01"),
            status is null ? null : "{\"properties\":{\"privateLinkServiceConnectionState\":{\"status\":\"" + status + "\"}}}")).JsonAsync();
}
