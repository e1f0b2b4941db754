using System.Diagnostics;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;
using Mover.State.Tests.Etcd;
using Mover.SystemTests.Harness;
using Mover.Testing;

namespace Mover.SystemTests;

/// <summary>Two regions and an etcd that decides between them, each a process: no person says who serves.</summary>
public sealed class RegionWitnessTests(Xunit.Abstractions.ITestOutputHelper output)
{
    private static readonly TimeSpan RunMax = TimeSpan.FromMinutes(3);
    private static readonly TimeSpan TakenMax = TimeSpan.FromSeconds(60);

    [RequiresFact("MOVER_AZURITE", "MOVER_NODE_MODULES", "MOVER_ETCD")]
    public async Task A_region_lost_during_a_migration_is_taken_over_and_answers_nothing_when_it_wakes()
    {
        await using var witness = await EtcdServer.StartQuickAsync();
        await using var west = await StandbyRegion.PrepareAsync("--witness", $"etcd://{witness.Endpoints[0].Authority}");
        await using var estate = await Estate.StartAsync(new() { ServerFlags = west.HomeFlags });
        west.Start(estate);
        Trees.Mixed(estate.Source, seed: 9, smallFiles: 2500, largeBytes: 1024 * 1024);
        await UntilReadyToTakeAsync(west, west.Data);
        var runId = await estate.StartJobAsync(await estate.DefineJobAsync("job"));
        await estate.WaitForRunAsync(runId, RunMax, "Running");

        await estate.PauseServerAsync();
        var watch = Stopwatch.StartNew();
        using var http = Client(estate);
        var late = PutAsync(http, estate, $"{estate.GroupId}-late");
        await west.UntilAsync(west.Data, status => $"{status["duty"]}" == "Serving" && status["witness"]!["mayServe"]!.GetValue<bool>(), "serving");
        var served = watch.Elapsed;
        await estate.ResumeServerAsync();
        var answer = await late;
        await UntilReadyToTakeAsync(west, estate.ServerData);
        estate.Url = west.Url;
        var run = await estate.WaitForEndAsync(runId, RunMax);
        output.WriteLine($"taken over after {served.TotalSeconds:F1} s; run ended after {watch.Elapsed.TotalSeconds:F1} s; late: {answer}");

        Assert.False(answer.StartsWith('2'), $"A region that had lost its right answered: {answer}");
        FirstMigrationTests.AssertSucceeded(run, estate);
        await Witness.CompareAsync(estate.Source, estate.ContainerUrl, string.Empty);
        estate.ReadLedger(runId).AssertEveryItemOnce(run);
        Assert.True(served < TakenMax, $"The other region served after {served}.");

        await west.KillAsync();
        watch.Restart();
        estate.Url = estate.ServerUrl;
        await west.UntilAsync(
            estate.ServerData, status => $"{status["duty"]}" == "Serving" && status["witness"]!["mayServe"]!.GetValue<bool>(), "serving again");
        output.WriteLine($"taken over after {watch.Elapsed.TotalSeconds:F1} s");
        Assert.Equal("Succeeded", (await estate.GetAsync(runId))["properties"]!["status"]!.GetValue<string>());
    }

    // A standby with a copy of now, which knows that the other region keeps its right at this witness.
    private static Task<JsonNode> UntilReadyToTakeAsync(StandbyRegion west, string data) => west.UntilAsync(
        data,
        status => $"{status["duty"]}" == "Standby" && status["copy"]?["whole"]?.GetValue<bool>() == true
            && status["witness"]?["asked"]?.GetValue<bool>() == true && status["pair"]!["reachable"]!.GetValue<bool>(),
        "a standby that the witness counts on");

    private static HttpClient Client(Estate estate)
    {
        var handler = new SocketsHttpHandler();
        handler.SslOptions.RemoteCertificateValidationCallback = (_, certificate, _, _) => certificate is not null;
        return new(handler) { DefaultRequestHeaders = { Authorization = new AuthenticationHeaderValue("Bearer", estate.Token) } };
    }

    private static async Task<string> PutAsync(HttpClient http, Estate estate, string group)
    {
        try
        {
            using var answer = await http.PutAsync(
                new Uri($"{estate.ServerUrl}{group}?api-version=2022-09-01"),
                new StringContent("""{"location":"eastus"}""", Encoding.UTF8, "application/json"));
            return $"{(int)answer.StatusCode} {await answer.Content.ReadAsStringAsync()}";
        }
        catch (HttpRequestException broken)
        {
            return $"no answer: {broken.Message}";
        }
    }
}
