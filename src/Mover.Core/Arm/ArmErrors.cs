namespace Mover.Core.Arm;

/// <summary>The error catalogue: the one place where refusals are made.</summary>
public static partial class ArmErrors
{
    /// <summary>404: the resource does not exist. Type and names are interleaved, as the live service does.</summary>
    public static ArmError ResourceNotFound(ResourceId id) =>
        new(404, "ResourceNotFound", $"The resource '{id.TypeAndNames}' could not be found.");

    /// <summary>404: the resource group does not exist (ARM's own sentence).</summary>
    public static ArmError ResourceGroupNotFound(string group) =>
        new(404, "ResourceGroupNotFound", $"Resource group '{group}' could not be found.");

    /// <summary>412: <c>If-Match</c> or <c>If-None-Match</c> does not hold.</summary>
    public static ArmError PreconditionFailed(ResourceId id) =>
        new(412, "PreconditionFailed", $"The ETag condition on '{id.TypeAndNames}' failed: the resource was changed, created or "
            + "deleted. Read it again and retry.");
}
