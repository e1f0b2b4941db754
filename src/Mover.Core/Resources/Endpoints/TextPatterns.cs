using System.Buffers;

namespace Mover.Core.Resources;

/// <summary>What texts of endpoints must be like. What is empty is told as missing, where it is required.</summary>
internal static class TextPatterns
{
    private static readonly SearchValues<char> ForbiddenInHosts = SearchValues.Create("/\\ \"'<>@?#");

    public static TextPattern Host { get; } = new(
        host => !host.AsSpan().ContainsAny(ForbiddenInHosts), "A host is a name or an address, without a path.");

    public static TextPattern Container { get; } = new(
        name => name.Length == 0 || StorageNames.IsContainer(name),
        "A container's name has 3 to 63 lower-case letters, digits and single hyphens between "
            + "them, or is $root.");

    public static TextPattern Share { get; } = new(
        name => name.Length == 0 || StorageNames.IsShare(name),
        "A share's name has 3 to 63 lower-case letters, digits and single hyphens between them.");

    public static TextPattern HttpsUri { get; } = new(
        text => Uri.TryCreate(text, UriKind.Absolute, out var uri) && uri.Scheme == Uri.UriSchemeHttps,
        "The source address is an absolute https URI.");
}
