using System.Text.Json.Nodes;
using Microsoft.Extensions.Logging.Abstractions;
using Mover.Cli.Frame;
using Mover.Cli.Progress;
using Mover.Cli.Resources;
using Mover.Cli.Transfers;
using Mover.Core.Arm;
using Mover.Core.Jobs;
using Mover.Transfer;
using Mover.Transfer.Contract;
using Mover.Volumes.AzureBlob;
using Mover.Volumes.Local;

namespace Mover.Cli.Demo;

/// <summary>One pass of the demo: what the job run counted, and what reading everything back found.</summary>
/// <param name="Counters">The run's counters.</param>
/// <param name="Elapsed">From start to end, as a user waits.</param>
/// <param name="Verified">What reading back found.</param>
internal sealed record DemoPass(TransferCounters Counters, TimeSpan Elapsed, VerificationSummary Verified);

/// <summary>Starts the demo's job and proves its result.</summary>
internal sealed class DemoRun(DemoEstate estate, Terminal terminal)
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(200);

    /// <summary>Runs the job to its end and compares source and container byte by byte.</summary>
    public async Task<DemoPass> PassAsync(CancellationToken cancel)
    {
        var started = terminal.Clock.GetTimestamp();
        var run = await StartAsync(cancel);
        estate.Shell.Show($"mover job-run watch {string.Join(' ', DemoEstate.Job)} --job-definition-name {DemoEstate.JobName}");
        var document = await new JobRunWatch(estate.Plane, terminal, Interval).FollowAsync(run, cancel);
        var elapsed = terminal.Clock.GetElapsedTime(started);
        RequireSuccess(document);
        return new(CounterReport.Read(document), elapsed, await VerifyAsync(cancel));
    }

    /// <summary>Starts the job; answers the run's id.</summary>
    public async Task<ResourceId> StartAsync(CancellationToken cancel)
    {
        var answer = await estate.Shell.RunAsync(
            cancel, ["job-definition", "start-job", .. DemoEstate.Job, "-n", DemoEstate.JobName, "--grant", "-o", "json"]);
        return ResourceId.TryParse(JsonNode.Parse(answer)?["jobRunResourceId"]?.ToString(), out var id)
            ? id
            : throw new InvalidOperationException($"Starting the job returned '{answer}'.");
    }

    /// <summary>Items that a run has moved so far.</summary>
    public async Task<long> MovedAsync(ResourceId run, CancellationToken cancel) =>
        (await estate.Plane.Client.GetAsync(run, cancel))["properties"]?["itemsTransferred"]?.GetValue<long>() ?? 0;

    /// <summary>Counts what the container holds, markers of folders included.</summary>
    public async Task<long> CountBlobsAsync(CancellationToken cancel)
    {
        var count = 0L;
        await using var target = OpenTarget();
        await foreach (var batch in target.ScanAsync(cancel))
        {
            count += batch.Count;
        }

        return count;
    }

    private AzureBlobVolume OpenTarget()
    {
        var blobs = estate.BlobService ?? throw new InvalidOperationException("The Blob service has not started.");
        var address = BlobContainerAddress.Of(blobs.Address.ToString(), Azurite.Account, DemoEstate.Container, string.Empty)
            ?? throw new InvalidOperationException("The container's address is invalid.");
        var key = new SharedKeyCredential(Azurite.Account, blobs.Key, BlobDestinations.Only(address), terminal.Clock);
        return new(address, key, new AzureBlobOptions(), terminal.Clock);
    }

    /// <summary>Compares source and container byte by byte.</summary>
    public async Task<VerificationSummary> VerifyAsync(CancellationToken cancel)
    {
        estate.Shell.Show(
            $"mover verify {DemoShell.Quote(estate.Tree.Root)} {estate.BlobService?.Address}{DemoEstate.Container} --mode mirror "
                + $"--key-file {DemoShell.Quote(estate.KeyFile)}");
        using var work = StateFolder.CreateWork(estate.Folder);
        await using var source = new LocalPlace(estate.Tree.Root).Open(
            new(IsTarget: false, terminal.Clock) { SpillFolder = StateFolder.SpillOf(estate.Folder) });
        await using var target = OpenTarget();
        void Report(Difference difference) => terminal.Error.WriteLine($"  {difference.Kind}: {difference.Path}: {difference.Details}");
        return await Verification.AgainstSourceAsync(
            source, target, new TransferOptions { Mode = CopyMode.Mirror }, work.Path, Report, NullLogger.Instance, cancel);
    }

    private static void RequireSuccess(JsonObject run)
    {
        var properties = run["properties"];
        if (properties?["status"]?.ToString() != JobRunStatuses.Succeeded)
        {
            throw new CliException(
                ExitCodes.Incomplete, properties?["error"]?["code"]?.ToString() ?? "RunFailed",
                properties?["error"]?["message"]?.ToString() ?? $"The run ended as {properties?["status"]}.");
        }
    }
}
