using System.Globalization;
using Microsoft.Extensions.Logging.Abstractions;
using Mover.Agent;
using Mover.Cli.Progress;
using Mover.Core.AgentProtocol;
using Mover.Core.Arm;
using Mover.Core.Resources;
using Mover.Recovery;
using Mover.Recovery.Agents;
using Mover.Transfer;
using Mover.Transfer.Contract;
using Mover.Volumes.Local;

namespace Mover.Cli.Recovery;

/// <summary>
/// Proves what the runs of a drill stored: reads it back and compares it with the sources, byte for byte, by the engine's own verification.
/// </summary>
/// <param name="containers">Opens containers.</param>
/// <param name="opener">Opens sources as the scratch agent does.</param>
/// <param name="folder">The drill's folder; the verification works in it.</param>
/// <param name="patience">How long a side may be away.</param>
internal sealed class DrillComparison(DrillContainers containers, VolumeOpener opener, string folder, TimeSpan patience)
{
    /// <summary>Compares the source of each job with what it was copied to.</summary>
    /// <param name="estate">The estate.</param>
    /// <param name="since">When the jobs were started: what changed at a source afterwards is no difference.</param>
    /// <param name="cancel">Stops it.</param>
    /// <exception cref="RecoveryException"><c>CopyDiffers</c>, or <c>NotCompared</c> when a side cannot be read.</exception>
    public async Task<ComparedCopies> RunAsync(JobEstate estate, DateTimeOffset since, CancellationToken cancel)
    {
        var compared = new ComparedCopies();
        foreach (var job in estate.Jobs)
        {
            var (from, to) = (OrderOf(estate, job, isSource: true), OrderOf(estate, job, isSource: false));
            try
            {
                await using var source = await OpenAsync(from, cancel);
                await using var target = await OpenAsync(to, cancel);
                await compared.AddAsync(
                    job.Name, source, (ITargetVolume)target, OptionsOf(job), Path.Combine(folder, "verify"), since, cancel);
            }
            catch (TransferFaultException fault)
            {
                throw NotCompared(job, fault.Fault.Message);
            }
            catch (VolumeException fault)
            {
                throw NotCompared(job, fault.Message);
            }
        }

        compared.RequireEqual();
        return compared;

        async Task<IVolume> OpenAsync(OrderEndpoint order, CancellationToken stop) =>
            order.BlobContainerName is { } name && ResourceId.TryParse(order.StorageAccountResourceId, out var account)
                ? await containers.OpenAsync(account, name, order.Subpath, stop)
                : (await opener.OpenAsync(new(order, RunSide.Source, string.Empty, 0), stop)).Try(out var volume, out var fault)
                    ? volume
                    : throw new VolumeException(new(VolumeFaultKind.NotFound, fault.Message));
    }

    private TransferOptions OptionsOf(EstateJob job) => new()
    {
        PreserveMetadata = job.Properties.PreservePermissions ?? true,
        StatePlace = LocalVolume.PlaceOf(folder),
        Retry = new() { AwayMax = patience },
    };

    private static OrderEndpoint OrderOf(JobEstate estate, EstateJob job, bool isSource)
    {
        var (id, properties, _) = estate.EndpointsOf(job).First(endpoint => endpoint.IsSource == isSource);
        return EndpointKind.Order(properties, new()
        {
            ResourceId = id.Text,
            EndpointType = properties?.EndpointType ?? string.Empty,
            Subpath = ((isSource ? job.Properties.SourceSubpath : job.Properties.TargetSubpath) ?? string.Empty).Trim('/'),
        });
    }

    private static RecoveryException NotCompared(EstateJob job, string why) => new(
        "NotCompared", $"What the job {job.Name} copied cannot be compared with its source: {why}", "Fix that and retry.");
}

/// <summary>What comparisons of sources and copies found, added up.</summary>
internal sealed class ComparedCopies
{
    private const int NamedMax = 5;
    private const int JudgedMax = 1_000;

    private readonly List<string> _named = [];

    /// <summary>Items compared, folders among them.</summary>
    public long Items { get; private set; }

    /// <summary>Bytes read back.</summary>
    public long Bytes { get; private set; }

    /// <summary>Items that are not at the target as they are at the source.</summary>
    public long Different { get; private set; }

    /// <summary>Items that changed at the source after the jobs were started.</summary>
    public long ChangedSince { get; private set; }

    /// <summary>Items about which nothing is proven: they cannot be read at the source, or not be stored at the target.</summary>
    public long NotCompared { get; private set; }

    /// <summary>Compares a source with its copy.</summary>
    public async Task AddAsync(
        string name, IVolume source, ITargetVolume target, TransferOptions options, string workFolder, DateTimeOffset since,
        CancellationToken cancel)
    {
        var found = new List<Difference>();
        var summary = await Verification.AgainstSourceAsync(
            source, target, options, workFolder,
            difference =>
            {
                if (difference.Kind is not DifferenceKind.NotCompared && found.Count < JudgedMax)
                {
                    found.Add(difference);
                }
            },
            NullLogger.Instance, cancel);
        Items += summary.ItemsChecked;
        Bytes += summary.BytesRead;
        NotCompared += summary.ItemsNotCompared;
        Different += summary.Differences - found.Count;
        foreach (var difference in found)
        {
            await JudgeAsync(name, source, target, difference, since.ToUnixTimeSeconds(), cancel);
        }
    }

    /// <summary>Throws <c>CopyDiffers</c> when there is a difference.</summary>
    public void RequireEqual()
    {
        if (Different > 0)
        {
            throw new RecoveryException(
                "CopyDiffers",
                $"{Figures.Count(Different)} of {Figures.Count(Items)} items are not at the target as they are at the source: "
                    + $"{string.Join(", ", _named)}.",
                "Look at the scratch containers with --keep.");
        }
    }

    /// <inheritdoc/>
    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture, $"{Figures.Count(Items)} items, {Figures.Bytes(Bytes)} compared with the sources, equal")
        + (ChangedSince > 0 ? $"; {Figures.Count(ChangedSince)} changed at the source since the start" : string.Empty)
        + (NotCompared > 0 ? $"; {Figures.Count(NotCompared)} could not be compared" : string.Empty);

    // Others go on writing to a source while a drill runs.
    private async Task JudgeAsync(
        string name, IVolume source, IVolume target, Difference difference, long since, CancellationToken cancel)
    {
        var entry = await source.FindAsync(difference.Path, cancel);
        if (entry is null || (entry.Changed ?? entry.Modified)?.Seconds >= since)
        {
            ChangedSince++;
        }
        else if (difference.Kind is DifferenceKind.Unreadable && await target.FindAsync(difference.Path, cancel) is null)
        {
            NotCompared++;
        }
        else
        {
            Different++;
            if (_named.Count < NamedMax)
            {
                _named.Add($"{name} {difference.Path} ({difference.Kind}: {difference.Details.TrimEnd('.')})");
            }
        }
    }
}
