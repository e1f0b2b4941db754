using Mover.Core.Resources;

namespace Mover.Core.Rules;

/// <summary>
/// Which endpoints a job of a type may read and write. Source: Storage Mover's table of what can be moved where; Mover adds mounts as
/// targets of an agent's job, for those who do not move to Azure.
/// </summary>
internal static class JobPairs
{
    /// <summary>Adds a problem when a job of the type cannot read the source or cannot write the target; of a target that is elsewhere
    /// (null) only the source is judged.</summary>
    public static void Check(
        Problems problems, EndpointKinds kinds, string jobType, StorageEndpointProperties source, StorageEndpointProperties? target)
    {
        var ofSource = kinds.Pairs.Where(k => k.Source == source.EndpointType).ToList();
        if (ofSource.Count == 0)
        {
            problems.Add("properties.sourceName", $"An endpoint of type {source.EndpointType} cannot be the source of a job.");
        }
        else if (!ofSource.Exists(k => k.JobType == jobType))
        {
            problems.Add("properties.jobType", $"A job of type {jobType} cannot read from an endpoint of type {source.EndpointType}; "
                + $"use a job of type {string.Join(" or ", ofSource.Select(k => k.JobType))}.");
        }
        else if (target is not null && ofSource.Find(k => k.JobType == jobType).Targets is { } targets
            && !targets.Contains(target.EndpointType, StringComparer.Ordinal))
        {
            problems.Add("properties.targetName", $"A job of type {jobType} cannot copy from {source.EndpointType} to "
                + $"{target.EndpointType}; its target must be of type {string.Join(" or ", targets)}.");
        }
    }
}
