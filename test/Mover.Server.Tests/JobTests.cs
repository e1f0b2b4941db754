using System.Net;
using Microsoft.Extensions.DependencyInjection;
using Mover.Core.Arm;
using Mover.Core.Jobs;
using Mover.Core.Resources;
using Mover.State.Documents;

namespace Mover.Server.Tests;

/// <summary>Starting and stopping jobs.</summary>
public sealed class JobTests : IAsyncLifetime
{
    private TestServer _server = null!;

    public async Task InitializeAsync()
    {
        _server = await TestServer.StartAsync();
        await _server.CreateJobAsync();
    }

    public async Task DisposeAsync() => await _server.DisposeAsync();

    [Fact]
    public async Task A_start_answers_the_run_which_is_queued_with_whole_snapshots_and_no_counters()
    {
        var response = await _server.PostAsync(_server.Definition() + "/startJob");

        var id = (string?)(await response.JsonAsync())["jobRunResourceId"];
        var run = await (await _server.GetAsync(id!)).JsonAsync();
        Assert.Equal(["id", "name", "type", "systemData", "properties"], run.Select(p => p.Key));
        Assert.Equal("microsoft.storagemover/storagemovers/projects/jobdefinitions/jobruns", (string?)run["type"]);
        Assert.Equal("Application", (string?)run["systemData"]!["createdByType"]);
        Assert.Equal(
            [
                "status", "agentName", "agentResourceId", "triggerType", "lastStatusUpdate", "sourceName", "sourceResourceId", "sourceProperties",
                "targetName", "targetResourceId", "targetProperties", "jobDefinitionProperties", "provisioningState",
            ],
            run["properties"]!.AsObject().Select(p => p.Key));
        Assert.Equal("Queued", (string?)run["properties"]!["status"]);
        Assert.Equal("Manual", (string?)run["properties"]!["triggerType"]);
        Assert.Equal("Queued", (string?)run["properties"]!["jobDefinitionProperties"]!["latestJobRunStatus"]);
        Assert.Equal(id, (string?)run["properties"]!["jobDefinitionProperties"]!["latestJobRunResourceId"]);
        Assert.Equal("NfsMount", (string?)run["properties"]!["sourceProperties"]!["endpointType"]);
    }

    [Fact]
    public async Task One_of_a_hundred_concurrent_starts_creates_a_run()
    {
        var answers = await Task.WhenAll(Enumerable.Range(0, 100).Select(_ => _server.PostAsync(_server.Definition() + "/startJob")));

        var runs = await (await _server.GetAsync(_server.Definition() + "/jobRuns")).JsonAsync();
        Assert.Single(answers, a => a.StatusCode == HttpStatusCode.OK);
        Assert.Equal(99, answers.Count(a => a.StatusCode == HttpStatusCode.Conflict));
        Assert.Single(runs["value"]!.AsArray());
    }

    [Fact]
    public async Task A_second_start_is_refused_while_the_first_run_is_active()
    {
        await _server.PostAsync(_server.Definition() + "/startJob");

        var response = await _server.PostAsync(_server.Definition() + "/startJob");

        Assert.Equal(HttpStatusCode.Conflict, response.StatusCode);
        Assert.Equal("JobRunActive", await response.ErrorCodeAsync());
    }

    [Fact]
    public async Task A_start_puts_the_run_into_its_agents_queue()
    {
        var run = (string)(await (await _server.PostAsync(_server.Definition() + "/startJob")).JsonAsync())["jobRunResourceId"]!;

        Assert.True(ResourceId.TryParse(_server.Mover() + "/agents/a1", out var agent));
        var queue = await _server.Services.GetRequiredService<DocumentStore>()
            .ListInternalAsync(DocumentKey.Internal(QueuedRun.PlaceOf(agent)), MoverJson.Wire.QueuedRun, null, 10, default);
        Assert.Equal(run, Assert.Single(queue.Documents).Value.RunId);
    }

    [Fact]
    public async Task Stopping_a_run_that_nobody_took_cancels_it_and_frees_the_definition()
    {
        var run = (string)(await (await _server.PostAsync(_server.Definition() + "/startJob")).JsonAsync())["jobRunResourceId"]!;

        var stop = await (await _server.PostAsync(_server.Definition() + "/stopJob")).JsonAsync();

        Assert.Equal(run, (string?)stop["jobRunResourceId"]);
        Assert.Equal("Canceled", (string?)(await (await _server.GetAsync(run)).JsonAsync())["properties"]!["status"]);
        Assert.Equal("Canceled", (string?)(await (await _server.GetAsync(_server.Definition())).JsonAsync())["properties"]!["latestJobRunStatus"]);
        Assert.Equal(HttpStatusCode.OK, (await _server.PostAsync(_server.Definition() + "/startJob")).StatusCode);
    }

    [Fact]
    public async Task Stopping_without_an_active_run_is_a_conflict()
    {
        var response = await _server.PostAsync(_server.Definition() + "/stopJob");

        Assert.Equal(HttpStatusCode.Conflict, response.StatusCode);
        Assert.Equal("JobRunNotActive", await response.ErrorCodeAsync());
    }

    [Theory]
    [InlineData("""{"properties":{"copyMode":"Additive","sourceName":"src","targetName":"dst"}}""", 400, "AgentNotAssigned")]
    [InlineData("""{"properties":{"copyMode":"Additive","sourceName":"src","targetName":"dst","agentName":"ghost"}}""", 409, "AgentNotFound")]
    [InlineData("""{"properties":{"copyMode":"Additive","sourceName":"cloud","targetName":"dst","jobType":"CloudToCloud"}}""", 409, "JobTypeNotSupported")]
    [InlineData("""{"properties":{"copyMode":"Additive","sourceName":"src","targetName":"dst","jobType":"OnPremToCloudAgentLess"}}""", 409, "JobTypeNotSupported")]
    [InlineData("""{"properties":{"copyMode":"Additive","sourceName":"cloud","targetName":"there","jobType":"CloudToCloud","isCrossTenantJob":true,"crossTenantEndpointTenantId":"11111111-2222-3333-4444-555555555555","crossTenantEndpointResourceId":"/subscriptions/s/resourceGroups/g/providers/Microsoft.StorageMover/storageMovers/m/endpoints/there"}}""", 409, "JobTypeNotSupported")]
    [InlineData("""{"properties":{"copyMode":"Additive","sourceName":"src","targetName":"dst","agentName":"a1","syncMode":"SnapshotBased"}}""", 409, "SyncModeNotSupported")]
    public async Task A_job_that_nobody_could_run_is_not_started(string definition, int status, string code)
    {
        await _server.CreateAsync(_server.Mover() + "/endpoints/cloud", """{"properties":{"endpointType":"S3WithHMAC","sourceType":"GCS","sourceUri":"https://s3.example/b"}}""");
        await _server.CreateAsync(TestServer.Versioned(_server.Definition("j2"), "2026-05-01"), definition);

        var response = await _server.PostAsync(_server.Definition("j2") + "/startJob");

        Assert.Equal(status, (int)response.StatusCode);
        Assert.Equal(code, await response.ErrorCodeAsync());
    }

    [Theory]
    [InlineData("/endpoints/src")]
    [InlineData("/endpoints/dst")]
    [InlineData("/agents/a1")]
    [InlineData("/projects/p1/jobDefinitions/j1")]
    public async Task What_an_active_run_uses_is_not_deleted(string path)
    {
        await _server.PostAsync(_server.Definition() + "/startJob");

        var response = await _server.DeleteAsync(_server.Mover() + path);

        Assert.Equal(HttpStatusCode.Conflict, response.StatusCode);
        Assert.Equal("ResourceInUse", await response.ErrorCodeAsync());
    }

    [Fact]
    public async Task Deleting_a_definition_takes_its_runs_along()
    {
        var run = (string)(await (await _server.PostAsync(_server.Definition() + "/startJob")).JsonAsync())["jobRunResourceId"]!;
        await _server.PostAsync(_server.Definition() + "/stopJob");

        var response = await _server.DeleteAsync(_server.Definition());

        Assert.Equal(HttpStatusCode.NoContent, response.StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await _server.GetAsync(run)).StatusCode);
    }
}
