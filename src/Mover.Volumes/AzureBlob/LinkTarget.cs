using Mover.Transfer.Contract;

namespace Mover.Volumes.AzureBlob;

/// <summary>Where the text of a link leads inside a name space that has no links of its own on the way.</summary>
internal static class LinkTarget
{
    /// <summary>The path a relative link means; null when it is absolute or leaves the root.</summary>
    public static EntryPath? Resolve(EntryPath link, ReadOnlySpan<byte> text)
    {
        if (text.IsEmpty || text[0] == '/')
        {
            return null;
        }

        var at = link.Parent;
        foreach (var range in text.Split((byte)'/'))
        {
            var name = text[range];
            if (name is [] or [(byte)'.'])
            {
                continue;
            }

            if (name is [(byte)'.', (byte)'.'])
            {
                if (at.IsRoot)
                {
                    return null;
                }

                at = at.Parent;
                continue;
            }

            at = at.Child(name);
        }

        return at;
    }
}
