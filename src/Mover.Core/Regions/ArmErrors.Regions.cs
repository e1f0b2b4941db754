namespace Mover.Core.Arm;

/// <summary>Refusals of locations; codes as Azure Resource Manager gives them.</summary>
public static partial class ArmErrors
{
    /// <summary>400: nothing says where it should be (ARM's own code).</summary>
    public static ArmError LocationRequired() => new(400, "LocationRequired", "The property 'location' is required.", "location");

    /// <summary>400: a region that the control plane does not know, for a resource.</summary>
    public static ArmError LocationNotAvailableForResourceType(string location, string type, IEnumerable<string> available) =>
        new(400, "LocationNotAvailableForResourceType", $"The location '{Shown(location)}' is not available for resource type '{type}'. "
            + $"Available are: '{string.Join(',', available)}'.", "location");

    /// <summary>400: a region that the control plane does not know, for a resource group.</summary>
    public static ArmError LocationNotAvailableForResourceGroup(string location, IEnumerable<string> available) =>
        new(400, "LocationNotAvailableForResourceGroup", $"The location '{Shown(location)}' is not available for resource groups. "
            + $"Available are: '{string.Join(',', available)}'.", "location");

    /// <summary>409: a resource is where it was made.</summary>
    public static ArmError InvalidResourceLocation(ResourceId id, string location, string wanted) =>
        new(409, "InvalidResourceLocation", $"The resource '{id.TypeAndNames}' is in location '{location}' and cannot be changed to "
            + $"'{Shown(wanted)}'. Use another name or delete the resource first.", "location");

    /// <summary>409: a resource group is where it was made.</summary>
    public static ArmError InvalidResourceGroupLocation(string location, string wanted) =>
        new(409, "InvalidResourceGroupLocation", $"The resource group is in location '{location}' and cannot be changed to "
            + $"'{Shown(wanted)}'.", "location");
}
