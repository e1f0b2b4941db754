using Mover.Core.Jobs;
using Mover.Transfer.Contract;

namespace Mover.Transfer;

/// <summary>
/// Source and target must not lie within each other: a copy would find what it wrote and copy that too, and a mirror would take its own
/// source for something that the source does not have.
/// </summary>
internal static class OverlapRule
{
    public static JobFault? Check(VolumeTraits source, VolumeTraits target) =>
        source.Place is not { } from || target.Place is not { } to || !(IsWithin(from, to) || IsWithin(to, from))
            ? null
            : new(
                StatusCodes.TargetPathInvalid,
                $"The target {target.DisplayName} and the source {source.DisplayName} lie within each other. Choose a target outside the "
                    + "source that does not hold it either.");

    private static bool IsWithin(string place, string other) =>
        place.StartsWith(other, StringComparison.Ordinal) && (place.Length == other.Length || place[other.Length] == '/');
}
