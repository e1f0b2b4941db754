using System.Buffers;

namespace Mover.Core.Resources;

/// <summary>What texts of endpoints must be like. What is empty is told as missing, where it is required.</summary>
internal static class TextPatterns
{
    private static readonly SearchValues<char> ForbiddenInHosts = SearchValues.Create("/\\ \"'<>@?#");

    public static TextPattern Host { get; } = new(
        host => !host.AsSpan().ContainsAny(ForbiddenInHosts), "A host must be a host name or an IP address, without a path.");

    public static TextPattern Container { get; } = new(
        name => name.Length == 0 || StorageNames.IsContainer(name),
        "A container name must have 3 to 63 lower-case letters, digits and single hyphens "
            + "between them, or be $root.");

    public static TextPattern Share { get; } = new(
        name => name.Length == 0 || StorageNames.IsShare(name),
        "A share name must have 3 to 63 lower-case letters, digits and single hyphens between them.");

    public static TextPattern HttpsUri { get; } = new(
        text => Uri.TryCreate(text, UriKind.Absolute, out var uri) && uri.Scheme == Uri.UriSchemeHttps,
        "The source URI must be an absolute https URI.");
}
