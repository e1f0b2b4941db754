using Mover.Core.AgentProtocol;
using Mover.Core.Resources;

namespace Mover.Agent;

/// <summary>A folder in something that the host has mounted.</summary>
/// <param name="Mount">Where it is mounted: a path of this host, which its operator chose.</param>
/// <param name="Below">Names in it, which whoever writes there may replace by links; empty for the mount itself.</param>
public sealed record MountedFolder(string Mount, string Below)
{
    /// <summary>A folder below this one.</summary>
    public MountedFolder Child(string subpath) =>
        this with { Below = string.Join('/', new[] { Below, subpath.Trim('/') }.Where(names => names.Length > 0)) };
}

/// <summary>
/// Exports and shares that the host has mounted, and where. The longest match wins, so that a part of an export can be mapped too.
/// </summary>
public sealed class MountMap
{
    private readonly List<(string Remote, string Local)> _mounts = [];

    /// <summary>
    /// Reads settings of the form <c>host:/export=/path</c> or <c>//host/share=/path</c>. Throws <see cref="FormatException"/> with what is
    /// wrong.
    /// </summary>
    public static MountMap Parse(IEnumerable<string> settings)
    {
        var map = new MountMap();
        foreach (var setting in settings)
        {
            // The local path comes last and may hold an equals sign less often than the remote one does.
            var cut = setting.IndexOf('=', StringComparison.Ordinal);
            var remote = cut > 0 ? setting[..cut].Trim() : string.Empty;
            var local = cut > 0 ? setting[(cut + 1)..].Trim() : string.Empty;
            if (Normalize(remote) is not { } key || !Path.IsPathFullyQualified(local))
            {
                throw new FormatException(
                    $"Invalid mount '{setting}'; use host:/export=/local/path or //host/share=/local/path.");
            }

            map._mounts.Add((key, local));
        }

        map._mounts.Sort((a, b) => b.Remote.Length.CompareTo(a.Remote.Length));
        return map;
    }

    /// <summary>Where an endpoint is on this host; null when the host has it not mounted.</summary>
    public MountedFolder? Find(OrderEndpoint endpoint)
    {
        if (EndpointKinds.Known.Find(endpoint.EndpointType)?.MountedAs is not { } mountedAs
            || Normalize(mountedAs(endpoint)) is not { } remote)
        {
            return null;
        }

        foreach (var (mounted, local) in _mounts)
        {
            if (remote == mounted)
            {
                return new(local, string.Empty);
            }

            if (remote.StartsWith(mounted.EndsWith('/') ? mounted : mounted + "/", StringComparison.Ordinal))
            {
                return new(local, remote[mounted.Length..].TrimStart('/'));
            }
        }

        return null;
    }

    // Hosts and shares compare without case, exports do not; backslashes are how Windows writes a share.
    private static string? Normalize(string remote)
    {
        var text = remote.Replace('\\', '/');
        if (text.StartsWith("//", StringComparison.Ordinal))
        {
            return text.Length > 2 && text.IndexOf('/', 2) > 2 ? text.TrimEnd('/').ToLowerInvariant() : null;
        }

        var colon = text.IndexOf(":/", StringComparison.Ordinal);
        if (colon <= 0)
        {
            return null;
        }

        var export = "/" + text[(colon + 2)..].Trim('/');
        return HasDots(export) ? null : text[..colon].ToLowerInvariant() + ":" + export;
    }

    private static bool HasDots(string path) => path.Split('/').Any(name => name is "." or "..");
}
