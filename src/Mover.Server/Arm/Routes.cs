using Mover.Core.Resources;

namespace Mover.Server.Arm;

/// <summary>The paths of the resource tree; parameters are named for what they are.</summary>
internal static class Routes
{
    public const string Group = "/subscriptions/{subscription}/resourceGroups/{group}";

    /// <summary>The path of a type's collection.</summary>
    public static string All(ResourceType type) =>
        type.Parent is { } above ? $"{One(above)}/{type.Collection}" : $"{Group}/providers/{type.Name}";

    /// <summary>The path of a resource; its parameter is the last word of the type's title.</summary>
    public static string One(ResourceType type) => $"{All(type)}/{{{type.Title[(type.Title.LastIndexOf(' ') + 1)..]}}}";
}
