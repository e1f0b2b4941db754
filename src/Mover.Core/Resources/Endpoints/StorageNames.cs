namespace Mover.Core.Resources;

/// <summary>Names of what a storage account holds. Source: Azure Storage, "naming and referencing containers/shares".</summary>
public static class StorageNames
{
    /// <summary>Whether a container may be called so.</summary>
    public static bool IsContainer(string name) => name is "$root" or "$web" || IsShare(name);

    /// <summary>Whether a share may be called so.</summary>
    public static bool IsShare(string name) =>
        name.Length is >= 3 and <= 63
        && name.All(c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c == '-')
        && name[0] != '-' && name[^1] != '-' && !name.Contains("--", StringComparison.Ordinal);
}
