using Mover.Core.Jobs;
using Mover.Transfer.Contract;

namespace Mover.Transfer;

/// <summary>
/// Source and target must not lie within each other: a copy would find what it wrote and copy that too, and a mirror would take its own
/// source for something that the source does not have.
/// </summary>
internal static class OverlapRule
{
    public static JobFault? Check(VolumeTraits source, VolumeTraits target)
    {
        foreach (var from in PlacesOf(source))
        {
            foreach (var to in PlacesOf(target))
            {
                if (IsWithin(from, to) || IsWithin(to, from))
                {
                    return FaultOf(source, target);
                }
            }
        }

        return null;
    }

    /// <summary>The end of a job whose source and target overlap.</summary>
    public static JobFault FaultOf(VolumeTraits source, VolumeTraits target) => new(
        StatusCodes.TargetPathInvalid,
        $"The target {target.DisplayName} and the source {source.DisplayName} overlap, through their paths, a mount or an "
            + "export. Choose a target that is neither inside the source nor contains it.");

    private static IEnumerable<string> PlacesOf(VolumeTraits volume) =>
        volume.Place is { } place ? volume.OtherPlaces.Prepend(place) : volume.OtherPlaces;

    private static bool IsWithin(string place, string other) =>
        place.StartsWith(other, StringComparison.Ordinal) && (place.Length == other.Length || place[other.Length] == '/');
}
