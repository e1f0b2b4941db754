using System.Text.Json.Nodes;
using Mover.Client;
using Mover.Core.Arm;

namespace Mover.Recovery.Snapshots;

/// <summary>
/// Takes snapshots over ARM requests that Azure documents, so that it works against Mover and against Azure. The estate is read until two
/// consecutive reads are equal: what is taken stood there between the two.
/// </summary>
/// <param name="client">The control plane; the caller disposes it.</param>
/// <param name="options">What is taken.</param>
/// <param name="clock">The time.</param>
public sealed class SnapshotTaker(MoverClient client, SnapshotOptions options, TimeProvider clock)
{
    /// <summary>Resources that a message names.</summary>
    private const int NamedMax = 10;

    private readonly EstateReader _reader = new(client, options.Group, options.StorageMover);

    /// <summary>Takes one. Writes nothing.</summary>
    /// <exception cref="RecoveryException">The estate keeps changing, the export lacks something, or a secret is in it.</exception>
    /// <exception cref="Client.Arm.ArmException">The server refused.</exception>
    public async Task<Snapshot> TakeAsync(CancellationToken cancel)
    {
        var changed = new List<string>();
        EstateRead? before = null;
        for (var reads = 1; reads <= options.ReadsMax; reads++)
        {
            if (reads > 2)
            {
                await Task.Delay(options.Pause, clock, cancel).ConfigureAwait(false);
            }

            var at = clock.GetUtcNow();
            var read = await ReadAsync(cancel).ConfigureAwait(false);
            changed = before is null ? changed : read.ChangedSince(before);
            if (before is not null && changed.Count == 0)
            {
                return await CompleteAsync(read, reads, at, cancel).ConfigureAwait(false);
            }

            before = read;
        }

        throw new RecoveryException(
            "EstateChanging",
            $"The estate changed during each of {options.ReadsMax} reads: {Listed(changed)}.",
            "Take the snapshot when the estate is not being changed, or one storage mover at a time with --storage-mover.");
    }

    /// <summary>
    /// A digest of what the lists show, without exporting anything: another one means that somebody changed the estate, or may have.
    /// </summary>
    public async Task<string> LookAsync(CancellationToken cancel) => (await _reader.ReadAsync(cancel).ConfigureAwait(false)).Digest();

    private async Task<EstateRead> ReadAsync(CancellationToken cancel)
    {
        var estate = await _reader.ReadAsync(cancel).ConfigureAwait(false);
        var export = new EstateExport(client, options.Group, clock);
        await export.ReadAsync([.. estate.Ids], cancel).ConfigureAwait(false);

        // Names are in the casing that lists show: that of the last write.
        var taken = export.Found.Values.Select(one => one with { Id = Estate.IdOf(estate.Documents[one.Id.Key]) }).ToList();
        return new(estate, CanonicalTemplate.Of(taken), export.Problems);
    }

    private async Task<Snapshot> CompleteAsync(EstateRead read, int reads, DateTimeOffset at, CancellationToken cancel)
    {
        if (read.Problems.Count > 0 && !options.AllowPartial)
        {
            throw new RecoveryException(
                "ExportPartial",
                "The server exported only part of the estate: "
                    + $"{Listed([.. read.Problems.Select(one => $"{one.Id} ({one.Reason.TrimEnd('.')})")])}.",
                "Fix the cause, or use --allow-partial; the manifest then lists what is missing.");
        }

        SecretScan.Check(read.Template);
        var manifest = await new ManifestBuilder(client, options).BuildAsync(read, cancel).ConfigureAwait(false);
        return new(read.Template, manifest with { TakenAt = at, Reads = reads });
    }

    private static string Listed(List<string> names) =>
        string.Join(", ", names.Take(NamedMax).Select(one => PrintedText.Of(one, 400)))
            + (names.Count > NamedMax ? $" and {names.Count - NamedMax} more" : string.Empty);
}

/// <summary>What one read of the estate gave.</summary>
/// <param name="Estate">What the lists showed.</param>
/// <param name="Template">What was exported.</param>
/// <param name="Problems">What could not be exported.</param>
internal sealed record EstateRead(Estate Estate, JsonObject Template, IReadOnlyList<SnapshotLeftOut> Problems)
{
    /// <summary>The resources that are not as they were; empty when the two reads are equal.</summary>
    public List<string> ChangedSince(EstateRead before)
    {
        var (old, now) = (ByName(before), ByName(this));
        var changed = old.Keys.Union(now.Keys, StringComparer.Ordinal)
            .Where(name => !JsonNode.DeepEquals(old.GetValueOrDefault(name), now.GetValueOrDefault(name))).ToList();
        changed.AddRange(Problems.Except(before.Problems).Concat(before.Problems.Except(Problems)).Select(one => one.Id));
        return changed;
    }

    private static Dictionary<string, JsonObject> ByName(EstateRead read) =>
        (read.Template["resources"] as JsonArray ?? []).OfType<JsonObject>()
            .ToDictionary(one => $"{EstateTypes.WordOf($"{one["type"]}")} {one["name"]}", StringComparer.Ordinal);
}
