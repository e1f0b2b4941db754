using System.Net;
using System.Text.Json.Nodes;

namespace Mover.Server.Tests;

/// <summary>Wire shapes of everything below a storage mover.</summary>
public sealed class ResourceTests : IAsyncLifetime
{
    private TestServer _server = null!;

    public async Task InitializeAsync()
    {
        _server = await TestServer.StartAsync();
        await _server.CreateMoverAsync();
    }

    public async Task DisposeAsync() => await _server.DisposeAsync();

    [Theory]
    [InlineData(
        """{"endpointType":"NfsMount","host":"filer","export":"exportfolder","nfsVersion":"NFSv3"}""",
        """{"endpointType":"NfsMount","host":"filer","nfsVersion":"NFSv3","export":"exportfolder","endpointKind":"Source","provisioningState":"Succeeded"}""")]
    [InlineData(
        """{"host":"filer","export":"/e","endpointType":"NfsMount","description":"d","nextYears":1}""",
        """{"endpointType":"NfsMount","host":"filer","nfsVersion":"NFSauto","export":"/e","endpointKind":"Source","description":"d","provisioningState":"Succeeded"}""")]
    [InlineData(
        """{"endpointType":"SmbMount","host":"filer","shareName":"s","credentials":{"type":"AzureKeyVaultSmb","usernameUri":"","passwordUri":"https://v.vault.azure.net/secrets/p"}}""",
        """{"endpointType":"SmbMount","host":"filer","shareName":"s","credentials":{"type":"AzureKeyVaultSmb","passwordUri":"https://v.vault.azure.net/secrets/p"},"endpointKind":"Source","provisioningState":"Succeeded"}""")]
    [InlineData(
        """{"endpointType":"AzureStorageBlobContainer","storageAccountResourceId":"/subscriptions/s/resourceGroups/g/providers/Microsoft.Storage/storageAccounts/a","blobContainerName":"cont","endpointKind":"Source"}""",
        """{"endpointType":"AzureStorageBlobContainer","storageAccountResourceId":"/subscriptions/s/resourceGroups/g/providers/Microsoft.Storage/storageAccounts/a","blobContainerName":"cont","endpointKind":"Source","provisioningState":"Succeeded"}""")]
    [InlineData(
        """{"endpointType":"AzureStorageSmbFileShare","storageAccountResourceId":"/subscriptions/s/resourceGroups/g/providers/Microsoft.Storage/storageAccounts/a","fileShareName":"share"}""",
        """{"endpointType":"AzureStorageSmbFileShare","storageAccountResourceId":"/subscriptions/s/resourceGroups/g/providers/Microsoft.Storage/storageAccounts/a","fileShareName":"share","endpointKind":"Target","provisioningState":"Succeeded"}""")]
    [InlineData(
        """{"endpointType":"AzureStorageNfsFileShare","storageAccountResourceId":"/subscriptions/s/resourceGroups/g/providers/Microsoft.Storage/storageAccounts/a","fileShareName":"share"}""",
        """{"endpointType":"AzureStorageNfsFileShare","storageAccountResourceId":"/subscriptions/s/resourceGroups/g/providers/Microsoft.Storage/storageAccounts/a","fileShareName":"share","endpointKind":"Target","provisioningState":"Succeeded"}""")]
    [InlineData(
        """{"endpointType":"AzureMultiCloudConnector","multiCloudConnectorId":"/subscriptions/s/resourceGroups/g/providers/Microsoft.HybridConnectivity/publicCloudConnectors/c","awsS3BucketId":"/subscriptions/s/resourceGroups/g/providers/Microsoft.AwsConnector/s3Buckets/b"}""",
        """{"endpointType":"AzureMultiCloudConnector","multiCloudConnectorId":"/subscriptions/s/resourceGroups/g/providers/Microsoft.HybridConnectivity/publicCloudConnectors/c","awsS3BucketId":"/subscriptions/s/resourceGroups/g/providers/Microsoft.AwsConnector/s3Buckets/b","endpointKind":"Source","provisioningState":"Succeeded"}""")]
    [InlineData(
        """{"endpointType":"S3WithHMAC","sourceType":"MINIO","sourceUri":"https://s3.example/b","credentials":{"type":"AzureKeyVaultS3WithHMAC","accessKeyUri":"https://v/secrets/a","secretKeyUri":"https://v/secrets/s"}}""",
        """{"endpointType":"S3WithHMAC","sourceType":"MINIO","sourceUri":"https://s3.example/b","credentials":{"type":"AzureKeyVaultS3WithHMAC","accessKeyUri":"https://v/secrets/a","secretKeyUri":"https://v/secrets/s"},"endpointKind":"Source","provisioningState":"Succeeded"}""")]
    public async Task Endpoints_of_every_type_are_answered_with_their_properties_in_order(string properties, string expected)
    {
        var response = await _server.PutAsync(_server.Mover() + "/endpoints/e_1", "{\"properties\":" + properties + "}");

        var body = await response.JsonAsync();
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal(["id", "name", "type", "systemData", "properties"], body.Select(p => p.Key));
        Assert.Equal("microsoft.storagemover/storagemovers/endpoints", (string?)body["type"]);
        Assert.Equal(expected, body["properties"]!.ToJsonString());
    }

    [Fact]
    public async Task Of_many_puts_of_one_resource_at_the_same_time_none_is_refused_and_the_last_one_stays()
    {
        var answers = await Task.WhenAll(Enumerable.Range(0, 200).Select(i =>
            _server.PutAsync(_server.Mover(), $$$"""{"location":"eastus","tags":{"by":"{{{i}}}"}}""")));

        var kept = await _server.GetAsync(_server.Mover());
        var last = Assert.Single(answers, answer => answer.Headers.ETag?.Tag == kept.Headers.ETag?.Tag);
        Assert.All(answers, answer => Assert.Equal(HttpStatusCode.OK, answer.StatusCode));
        Assert.Equal(await last.Content.ReadAsStringAsync(), await kept.Content.ReadAsStringAsync());
    }

    [Fact]
    public async Task A_system_assigned_identity_is_made_once_and_survives_a_patch()
    {
        var put = await (await _server.PutAsync(
            _server.Mover() + "/endpoints/e", """{"identity":{"type":"SystemAssigned"},"properties":{"endpointType":"NfsMount","host":"h","export":"e"}}""")).JsonAsync();

        var patch = await (await _server.PatchAsync(
            _server.Mover() + "/endpoints/e", """{"properties":{"endpointType":"NfsMount","description":"new"}}""")).JsonAsync();

        Assert.Equal(["id", "name", "type", "systemData", "identity", "properties"], put.Select(p => p.Key));
        Assert.Equal(["principalId", "tenantId", "type"], put["identity"]!.AsObject().Select(p => p.Key));
        Assert.Equal(put["identity"]!.ToJsonString(), patch["identity"]!.ToJsonString());
        Assert.Equal("new", (string?)patch["properties"]!["description"]);
    }

    [Fact]
    public async Task An_endpoint_kind_that_a_type_cannot_have_is_refused_in_the_recorded_words()
    {
        var response = await _server.PutAsync(
            _server.Mover() + "/endpoints/e",
            """{"properties":{"endpointType":"AzureMultiCloudConnector","endpointKind":"Target","multiCloudConnectorId":"/subscriptions/s/resourceGroups/g/providers/Microsoft.HybridConnectivity/publicCloudConnectors/c","awsS3BucketId":"/subscriptions/s/resourceGroups/g/providers/Microsoft.AwsConnector/s3Buckets/b"}}""");

        var error = (await response.JsonAsync())["error"]!;
        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        Assert.Equal("InvalidRequestPropertyValue", (string?)error["code"]);
        Assert.Equal("The endpoint kind Target is not supported for the endpoint type AzureMultiCloudConnector.", (string?)error["message"]);
    }

    [Fact]
    public async Task Every_create_only_property_that_a_put_changes_is_named()
    {
        await _server.CreateAsync(_server.Mover() + "/endpoints/e", Some.NfsBody);

        var response = await _server.PutAsync(
            _server.Mover() + "/endpoints/e", """{"properties":{"endpointType":"NfsMount","host":"other","export":"/other"}}""");

        var details = (await response.JsonAsync())["error"]!["details"]!.AsArray();
        Assert.Equal(["properties.host", "properties.export"], details.Select(d => (string?)d!["target"]));
    }

    [Fact]
    public async Task What_a_get_answers_can_be_put_again()
    {
        await _server.CreateJobAsync();
        foreach (var path in new[] { "", "/endpoints/src", "/endpoints/dst", "/agents/a1", "/projects/p1", "/projects/p1/jobDefinitions/j1" })
        {
            var before = await (await _server.GetAsync(_server.Mover() + path)).JsonAsync();

            var after = await (await _server.PutAsync(_server.Mover() + path, before.ToJsonString())).JsonAsync();

            Assert.Equal(before["properties"]!.ToJsonString(), after["properties"]!.ToJsonString());
        }
    }

    [Fact]
    public async Task An_endpoint_is_deleted_at_once_and_deleting_it_again_says_there_is_none()
    {
        await _server.CreateAsync(_server.Mover() + "/endpoints/e", Some.NfsBody);

        var first = await _server.DeleteAsync(_server.Mover() + "/endpoints/e");
        var second = await _server.DeleteAsync(_server.Mover() + "/endpoints/e");

        Assert.Equal((HttpStatusCode.OK, 0L), (first.StatusCode, first.Content.Headers.ContentLength));
        Assert.Equal(HttpStatusCode.NoContent, second.StatusCode);
    }

    [Fact]
    public async Task A_put_of_an_agent_without_its_machine_names_both_missing_properties()
    {
        var response = await _server.PutAsync(_server.Mover() + "/agents/a1", """{"properties":{}}""");

        var details = (await response.JsonAsync())["error"]!["details"]!.AsArray();
        Assert.Equal(["properties.arcResourceId", "properties.arcVmUuid"], details.Select(d => (string?)d!["target"]));
    }

    [Fact]
    public async Task An_upload_limit_schedule_is_kept_by_a_patch_and_gone_after_a_put_without_it()
    {
        await _server.CreateAsync(_server.Mover() + "/agents/a1", _server.AgentBody());
        const string Schedule = """{"weeklyRecurrences":[{"limitInMbps":10,"days":["Monday"],"startTime":{"hour":9,"minute":0},"endTime":{"hour":18,"minute":30}}]}""";

        var patched = await (await _server.PatchAsync(_server.Mover() + "/agents/a1", "{\"properties\":{\"uploadLimitSchedule\":" + Schedule + "}}")).JsonAsync();
        var put = await (await _server.PutAsync(_server.Mover() + "/agents/a1", _server.AgentBody())).JsonAsync();

        Assert.Equal(Schedule, patched["properties"]!["uploadLimitSchedule"]!.ToJsonString());
        Assert.False(put["properties"]!.AsObject().ContainsKey("uploadLimitSchedule"));
    }

    [Fact]
    public async Task A_connection_is_pending_and_a_second_put_moves_only_its_times()
    {
        var body = "{\"properties\":{\"description\":\"one\",\"privateLinkServiceId\":\"" + _server.Group() + "/providers/Microsoft.Network/privateLinkServices/pls\"}}";
        var first = await (await _server.PutAsync(_server.Mover() + "/connections/c1", body)).JsonAsync();

        var second = await (await _server.PutAsync(_server.Mover() + "/connections/c1", body.Replace("one", "two", StringComparison.Ordinal))).JsonAsync();

        Assert.Equal("Pending", (string?)first["properties"]!["connectionStatus"]);
        Assert.Equal(first["properties"]!.ToJsonString(), second["properties"]!.ToJsonString());
        Assert.StartsWith("c1-", (string?)first["properties"]!["privateEndpointName"], StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_job_definition_carries_the_ids_that_follow_from_its_names_and_its_dates_are_cut_to_midnight()
    {
        await _server.CreateJobAsync();
        var day = TimeProvider.System.GetUtcNow().UtcDateTime;
        var start = day.ToString("yyyy-MM-dd", System.Globalization.CultureInfo.InvariantCulture);
        var body = JsonNode.Parse(Some.DefinitionBody)!;
        body["properties"]!["schedule"] = JsonNode.Parse(
            "{\"frequency\":\"Onetime\",\"isActive\":true,\"startDate\":\"" + start + "T06:06:13.988Z\",\"executionTime\":{\"hour\":7,\"minute\":30.0}}");

        var answer = await (await _server.PutAsync(_server.Definition("j2"), body.ToJsonString())).JsonAsync();

        var properties = answer["properties"]!;
        Assert.Equal("OnPremToCloud", (string?)properties["jobType"]);
        Assert.Equal(_server.Mover() + "/endpoints/src", (string?)properties["sourceResourceId"]);
        Assert.Equal(_server.Mover() + "/endpoints/dst", (string?)properties["targetResourceId"]);
        Assert.Equal(_server.Mover() + "/agents/a1", (string?)properties["agentResourceId"]);
        Assert.Equal(start + "T00:00:00Z", (string?)properties["schedule"]!["startDate"]);
        Assert.False(properties.AsObject().ContainsKey("latestJobRunName"));
    }

    [Fact]
    public async Task A_child_without_its_parent_is_not_created()
    {
        var response = await _server.PutAsync(_server.Mover() + "/projects/none/jobDefinitions/j", Some.DefinitionBody);

        Assert.Equal(HttpStatusCode.NotFound, response.StatusCode);
        Assert.Equal("ParentResourceNotFound", await response.ErrorCodeAsync());
    }

    [Fact]
    public async Task The_providers_operations_are_the_actions_that_routes_require()
    {
        var answer = await (await _server.GetAsync("/providers/Microsoft.StorageMover/operations")).JsonAsync();

        var names = answer["value"]!.AsArray().Select(o => (string?)o!["name"]).ToList();
        Assert.Contains("Microsoft.StorageMover/storageMovers/projects/jobDefinitions/startJob/action", names);
        Assert.Contains("Microsoft.StorageMover/storageMovers/read", names);
    }

    [Fact]
    public async Task The_provider_is_registered_and_lists_its_versions()
    {
        var answer = await (await _server.SendAsync(
            HttpMethod.Get, $"/subscriptions/{_server.Subscription}/providers/microsoft.storagemover?api-version=2021-04-01")).JsonAsync();

        Assert.Equal("Registered", (string?)answer["registrationState"]);
        Assert.Equal("Microsoft.StorageMover", (string?)answer["namespace"]);
        Assert.Equal("2026-05-01", (string?)answer["resourceTypes"]![0]!["apiVersions"]![0]);
    }
}
