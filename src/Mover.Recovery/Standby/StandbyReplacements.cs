using System.Text.Json.Nodes;
using Mover.Core.Arm;
using Mover.Core.Resources;
using Mover.Recovery.Plans;
using Mover.Recovery.Rules;
using Mover.Recovery.Snapshots;

namespace Mover.Recovery.Standby;

/// <summary>
/// Resources that were made again in the estate with another value of a property that is set at creation: at the standby they have to be
/// deleted first.
/// </summary>
internal static class StandbyReplacements
{
    public const string Replace = "Replace";

    /// <summary>Those of a plan, among what earlier plans of the standby made.</summary>
    public static IEnumerable<StandbyDriftItem> Of(RecoveryPlan plan, StandbyEstate estate, IReadOnlySet<string> made)
    {
        foreach (var (id, resource) in StandbyEstate.With(plan))
        {
            if (made.Contains(id.Key) && estate.Documents.GetValueOrDefault(id.Key)?["properties"] is JsonObject there
                && DescribedTypes.Find(id.Type) is { } type && !ArmCase.Same(id.Type, EstateTypes.Agent))
            {
                var wanted = resource["properties"] as JsonObject ?? [];
                var differs = type.AtCreation
                    .Where(name => !ArmCase.Same(Estate.TextOf(there[name]) ?? string.Empty, Estate.TextOf(wanted[name]) ?? string.Empty))
                    .Select(name => new PropertyEffect(
                        $"properties.{name}", "Modify", there[name]?.DeepClone(), wanted[name]?.DeepClone()))
                    .ToList();
                if (differs.Count > 0)
                {
                    yield return new(id.Text, Replace, differs);
                }
            }
        }
    }
}
