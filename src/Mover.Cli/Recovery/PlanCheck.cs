using System.CommandLine;
using Mover.Cli.Connect;
using Mover.Recovery.Plans;

namespace Mover.Cli.Recovery;

/// <summary>Holds a plan that was made before to what is said of it now.</summary>
internal sealed class PlanCheck(PlanFlags wish, ControlPlane plane, TimeProvider clock)
{
    /// <summary>Why a plan is not the one that is meant; null when it goes where the flags say, or they say nothing.</summary>
    public string? Refuse(ParseResult parsed, RecoveryPlan plan)
    {
        var (region, group) = wish.Said(parsed);
        return Differs(region, plan.To.Location) || Differs(group, plan.To.ResourceGroup)
            ? $"It is for the group {plan.To.ResourceGroup} in {plan.To.Location}."
            : null;
    }

    /// <summary>
    /// The plan to carry out, and why it is refused. With --trust it is made again from the signed snapshot, because a file has no
    /// signature, and must have the id of the file, which is what a person has read. Without --trust it is the file's.
    /// </summary>
    public async Task<(RecoveryPlan Plan, string? Refused)> TrustedAsync(ParseResult parsed, RecoveryPlan plan, CancellationToken cancel)
    {
        if (!wish.IsTrustSaid(parsed))
        {
            return (plan, null);
        }

        var snapshot = await wish.ReadSnapshotAsync(parsed, plane, clock, cancel);
        var place = await wish.PlaceAsync(parsed, snapshot.Manifest.Source, plane, cancel);
        var made = await wish.MakeAsync(parsed, snapshot, place, plane, clock, cancel);
        return (made, made.Id == plan.Id ? null : "It is not the plan that the signed snapshot and these flags give.");
    }

    private static bool Differs(string? said, string planned) =>
        said is not null && !said.Equals(planned, StringComparison.OrdinalIgnoreCase);
}
