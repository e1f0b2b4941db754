using Mover.Client.Arm;
using Mover.Core.Arm;
using Mover.Core.Resources;

namespace Mover.Client.Tests;

public sealed class MoverClientTests
{
    private const string Operation = "{address}/subscriptions/s/providers/Microsoft.StorageMover/locations/EASTUS/"
        + "operationStatuses/1*2?api-version=2025-12-01";

    private static readonly ResourceId MoverId = ResourceId.OfGroup("s", "rg").Provider("Microsoft.StorageMover/storageMovers", "m");
    private static readonly ResourceId Definition = MoverId.Child("projects", "p").Child("jobDefinitions", "j");
    private static readonly string Run = Definition.Child("jobRuns", "r").Text;

    [Fact]
    public async Task A_list_follows_its_pages_in_order()
    {
        await using var server = await ScriptedServer.StartAsync(
            Answer.Json("""{"value":[{"name":"a"},{"name":"b"}],"nextLink":"{address}/next?$skiptoken=2"}"""),
            Answer.Json("""{"value":[{"name":"c"}]}"""));
        using var client = server.CreateClient();

        var names = new List<string?>();
        await foreach (var document in client.ListAsync($"{MoverId}/endpoints", default))
        {
            names.Add(document["name"]?.ToString());
        }

        Assert.Equal(["a", "b", "c"], names);
        Assert.Equal("/next?$skiptoken=2", server.Requests.Last().PathAndQuery);
    }

    [Theory]
    [InlineData("http://192.0.2.1:81/stolen?x=1", "/stolen?x=1")]
    [InlineData("http://user@127.0.0.1:1/stolen?x=1", "/stolen?x=1")]
    [InlineData("@127.0.0.1:1/stolen?x=1", "/@127.0.0.1:1/stolen?x=1")]
    [InlineData(":pass@127.0.0.1:1/stolen?x=1", "/:pass@127.0.0.1:1/stolen?x=1")]
    [InlineData("//127.0.0.1:1/stolen?x=1", "//127.0.0.1:1/stolen?x=1")]
    [InlineData(".localhost:1/stolen?x=1", "/.localhost:1/stolen?x=1")]
    public async Task A_link_to_another_host_is_followed_at_the_known_address_so_that_the_token_goes_nowhere_else(string link, string asked)
    {
        await using var server = await ScriptedServer.StartAsync(
            Answer.Json($$"""{"value":[],"nextLink":"{{link}}"}"""), Answer.Json("""{"value":[]}"""));
        using var client = server.CreateClient();

        await foreach (var _ in client.ListAsync("/subscriptions", default))
        {
        }

        Assert.Equal(asked, server.Requests.Last().PathAndQuery);
    }

    [Fact]
    public async Task A_delete_waits_for_its_operation_to_succeed()
    {
        await using var server = await ScriptedServer.StartAsync(
            new Answer(202, "null", ("Azure-AsyncOperation", Operation), ("Location", Operation)),
            new Answer(202, """{"status":"Deleting"}"""),
            new Answer(200, """{"status":"Succeeded","properties":null}"""));
        using var client = server.CreateClient();

        var deleted = await client.DeleteAsync(MoverId, default);

        Assert.True(deleted);
        Assert.Equal(3, server.Requests.Count);
        Assert.Contains("/operationStatuses/1*2?", server.Requests.Last().PathAndQuery, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_delete_by_location_alone_waits_until_it_is_not_202()
    {
        await using var server = await ScriptedServer.StartAsync(
            new Answer(202, "", ("Location", Operation)), new Answer(202, "", ("Location", Operation)), new Answer(204));
        using var client = server.CreateClient();

        Assert.True(await client.DeleteAsync(MoverId, default));
        Assert.Equal(3, server.Requests.Count);
    }

    [Fact]
    public async Task A_failed_operation_is_a_refusal_with_its_code()
    {
        await using var server = await ScriptedServer.StartAsync(
            new Answer(202, "null", ("Azure-AsyncOperation", Operation)),
            new Answer(200, """{"status":"Failed","error":{"code":"InUse","message":"A run is active."}}"""));
        using var client = server.CreateClient();

        var refused = await Assert.ThrowsAsync<ArmException>(() => client.DeleteAsync(MoverId, default));

        Assert.Equal("InUse", refused.Error.Code);
    }

    [Fact]
    public async Task Deleting_a_missing_resource_is_not_an_error()
    {
        await using var server = await ScriptedServer.StartAsync(new Answer(204));
        using var client = server.CreateClient();

        Assert.False(await client.DeleteAsync(MoverId, default));
    }

    [Fact]
    public async Task Finding_a_missing_resource_answers_null()
    {
        await using var server = await ScriptedServer.StartAsync(
            new Answer(404, """{"error":{"code":"ResourceNotFound","message":"No."}}"""));
        using var client = server.CreateClient();

        Assert.Null(await client.FindAsync(MoverId, default));
    }

    [Fact]
    public async Task Names_are_escaped_in_addresses()
    {
        await using var server = await ScriptedServer.StartAsync(Answer.Json("{}"));
        using var client = server.CreateClient();

        await client.GetAsync(MoverId.Child("agents", "a b?c#d"), default);

        Assert.Contains(
            "/agents/a%20b%3Fc%23d?api-version=", server.Requests.Single().PathAndQuery.Replace(" ", "%20", StringComparison.Ordinal),
            StringComparison.Ordinal);
    }

    [Fact]
    public async Task Resources_are_read_as_records()
    {
        await using var server = await ScriptedServer.StartAsync(
            Answer.Json("""{"name":"m","location":"eastus","properties":{"description":"d","newer":1}}"""));
        using var client = server.CreateClient();

        var mover = await client.GetAsync<StorageMover>(MoverId, default);

        Assert.Equal(("m", "eastus", "d"), (mover.Name, mover.Location, mover.Properties?.Description));
    }

    [Fact]
    public async Task A_job_starts_once_when_all_goes_well()
    {
        await using var server = await ScriptedServer.StartAsync(
            Answer.Json("""{"properties":{}}"""), Answer.Json($$"""{"jobRunResourceId":"{{Run}}"}"""));
        using var client = server.CreateClient();

        var run = await client.StartJobAsync(Definition, default);

        Assert.Equal(Run, run.Text);
    }

    [Fact]
    public async Task A_start_whose_answer_was_lost_is_found_instead_of_repeated()
    {
        await using var server = await ScriptedServer.StartAsync(
            Answer.Json("""{"properties":{}}"""), Answer.Cut, Answer.Json($$$"""{"properties":{"latestJobRunResourceId":"{{{Run}}}"}}"""));
        using var client = server.CreateClient();

        var run = await client.StartJobAsync(Definition, default);

        Assert.Equal(Run, run.Text);
        Assert.Single(server.Requests, r => r.Method == "POST");
    }

    [Fact]
    public async Task A_start_that_was_lost_before_it_was_carried_out_is_repeated_once()
    {
        var old = $$$"""{"properties":{"latestJobRunResourceId":"{{{Run}}}"}}""";
        var next = Definition.Child("jobRuns", "next").Text;
        await using var server = await ScriptedServer.StartAsync(
            Answer.Json(old), Answer.Cut, Answer.Json(old), Answer.Json($$"""{"jobRunResourceId":"{{next}}"}"""));
        using var client = server.CreateClient();

        var run = await client.StartJobAsync(Definition, default);

        Assert.Equal(next, run.Text);
        Assert.Equal(2, server.Requests.Count(r => r.Method == "POST"));
    }

    [Fact]
    public async Task A_start_that_failed_at_the_server_is_reported_unless_a_run_appeared()
    {
        await using var server = await ScriptedServer.StartAsync(
            Answer.Json("""{"properties":{}}"""), new Answer(503), Answer.Json("""{"properties":{}}"""));
        using var client = server.CreateClient();

        await Assert.ThrowsAsync<ArmException>(() => client.StartJobAsync(Definition, default));

        Assert.Single(server.Requests, r => r.Method == "POST");
    }
}
