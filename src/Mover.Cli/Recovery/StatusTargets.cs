using System.CommandLine;
using Mover.Cli.Connect;
using Mover.Client.Arm;
using Mover.Recovery.Assess;
using Mover.Recovery.Plans;
using Mover.Recovery.Snapshots;

namespace Mover.Cli.Recovery;

/// <summary>What a status says of the storage accounts that jobs write to.</summary>
internal static class StatusTargets
{
    /// <summary>How long the destination is asked about them.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    private const int AskedMax = 100;
    private const int NamedMax = 3;

    /// <summary>The accounts of a snapshot, as they were when it was taken; null when it names none.</summary>
    public static string? Of(ParseResult parsed, PlanFlags wish, SnapshotManifest manifest, bool isOut)
    {
        var lost = wish.LostRegion(parsed, manifest.Source);
        var accounts = AccountAssessments.Of(manifest, lost).Where(account => !wish.IsMapped(parsed, account.Id)).ToList();
        var mapped = manifest.StorageAccounts.Count - accounts.Count;
        return manifest.StorageAccounts.Count == 0 ? null
            : accounts.Count == 0 ? $"all {mapped} storage accounts are replaced by --map"
            : $"{Told(accounts, lost, isOut)}, as of the snapshot"
                + (mapped == 0 ? string.Empty : $"; {mapped} more are replaced by --map");
    }

    /// <summary>The accounts of a plan, as the destination shows them; null when it names none.</summary>
    public static async Task<string?> AskAsync(
        RecoveryPlan plan, string? lost, bool isOut, ControlPlane plane, TimeProvider clock, CancellationToken cancel)
    {
        var ids = PlanMaker.AccountsOf(plan.Template);
        if (ids.Count == 0)
        {
            return null;
        }

        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        using var timer = clock.CreateTimer(_ => limit.Cancel(), null, Patience, Timeout.InfiniteTimeSpan);
        try
        {
            var accounts = await new AccountAssessments(plane.Client).ReadAsync([.. ids.Take(AskedMax)], lost, limit.Token);
            return Told(accounts, lost, isOut)
                + (ids.Count > AskedMax ? $"; {ids.Count - AskedMax} more were not asked about" : string.Empty);
        }
        catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
        {
            return $"not known: no answer in {Patience.TotalSeconds:F0} s";
        }
        catch (Exception fault) when (fault is ArmException or UnreachableServerException)
        {
            return $"not known: {fault.Message}";
        }
    }

    private static string Told(IReadOnlyList<AccountAssessment> accounts, string? lost, bool isOut)
    {
        var unknown = accounts.Count(account => account.Location.StartsWith("unknown", StringComparison.Ordinal));
        var hit = accounts.Where(account => account.IsInLostRegion && !account.IsWritableElsewhere)
            .Select(account => $"{account.Id[(account.Id.LastIndexOf('/') + 1)..]} ({account.Sku})").ToList();
        var names = string.Join(", ", hit.Take(NamedMax)) + (hit.Count > NamedMax ? $" and {hit.Count - NamedMax} more" : string.Empty);
        return (hit.Count, isOut) switch
        {
            (0, _) => lost is null ? $"{accounts.Count} storage accounts" : $"none of {accounts.Count} storage accounts is in {lost}",
            (_, true) => $"{hit.Count} of {accounts.Count} storage accounts are in {lost} and accept no writes: {names}; fail them over, "
                + "or use others with --map",
            _ => $"{hit.Count} of {accounts.Count} storage accounts would be lost with {lost}: {names}",
        } + (unknown == 0 ? string.Empty : $" ({unknown} not known)");
    }
}
