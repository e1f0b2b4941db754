using System.Buffers.Text;
using System.Net.Http.Headers;
using System.Text;
using Mover.Transfer.Contract;

namespace Mover.Volumes.AzureBlob;

/// <summary>
/// Lists a container flat, with metadata, page by page. Source: "List Blobs" of the Blob service's REST reference.
/// </summary>
internal sealed class BlobListing(BlobClient client, EntryPath prefix, int pageItemsMax)
{
    /// <summary>The service sends about a kilobyte for each blob with metadata.</summary>
    private const long AnswerBytesPerItem = 1024;

    private readonly int _cut = prefix.IsRoot ? 0 : prefix.Bytes.Length + 1;
    private readonly string _prefix = prefix.IsRoot ? "" : BlobName.Escape(prefix.Bytes) + "/";

    /// <summary>
    /// Reads the page of a folder's blobs that starts at the marker (empty for the first); its own marker is where the next one starts.
    /// </summary>
    public ValueTask<BlobListPage> ReadPageAsync(EntryPath folder, string marker, CancellationToken cancel) =>
        ReadAsync(MakeCall(StartOf(folder), marker, pageItemsMax), marker, new BlobListPage(_cut, pageItemsMax), cancel);

    /// <summary>True when at least one blob has a name that starts with this; throws when the container cannot be listed.</summary>
    public async ValueTask<bool> AnyAsync(EntryPath folder, CancellationToken cancel)
    {
        var start = StartOf(folder);
        for (var marker = ""; ;)
        {
            var page = await ReadAsync(MakeCall(start, marker, 1), marker, new BlobListPage(0, 1), cancel);
            if (page.Entries.Count > 0 || page.NextMarker.Length == 0)
            {
                return page.Entries.Count > 0;
            }

            marker = page.NextMarker;
        }
    }

    /// <summary>Whether anything lies in a folder, and the marker with a slash that stands for the folder itself.</summary>
    public async ValueTask<(bool HasContent, Entry? SlashMarker)> LookIntoAsync(EntryPath folder, CancellationToken cancel)
    {
        Entry? own = null;
        for (var marker = ""; ;)
        {
            // Two, because the marker itself is the first.
            var call = MakeCall(StartOf(folder), marker, 2);
            var page = await ReadAsync(call, marker, new BlobListPage(_cut, 2), cancel);
            foreach (var entry in page.Entries)
            {
                if (entry.Path != folder)
                {
                    return (true, own);
                }

                own = entry;
            }

            if (page.NextMarker.Length == 0)
            {
                return (false, own);
            }

            marker = page.NextMarker;
        }
    }

    private string StartOf(EntryPath folder) => folder.IsRoot ? _prefix : $"{_prefix}{BlobName.Escape(folder.Bytes)}/";

    private async ValueTask<BlobListPage> ReadAsync(BlobCall call, string marker, BlobListPage page, CancellationToken cancel)
    {
        using var answer = await client.SendAsync(call, cancel);
        await client.ReadStreamAsync(call, answer, page.FillAsync, cancel);
        if (!page.IsWhole)
        {
            throw new VolumeException(new(VolumeFaultKind.Io, "A page of the container's listing is truncated or malformed.", true));
        }

        return page.NextMarker.Length == 0 || page.NextMarker != marker
            ? page
            : throw new VolumeException(new(VolumeFaultKind.Io, "The container's listing loops: a continuation marker repeats."));
    }

    private static BlobCall MakeCall(string escapedPrefix, string marker, int itemsMax)
    {
        var query = new StringBuilder("restype=container&comp=list&include=metadata&maxresults=").Append(itemsMax);
        if (escapedPrefix.Length > 0)
        {
            query.Append("&prefix=").Append(escapedPrefix);
        }

        if (marker.Length > 0)
        {
            query.Append("&marker=").Append(Uri.EscapeDataString(marker));
        }

        return new BlobCall(HttpMethod.Get, null, query.ToString()) { AnswerBytes = itemsMax * AnswerBytesPerItem };
    }
}

/// <summary>What has been read of one page of a listing.</summary>
internal sealed class BlobListPage(int cut, int itemsMax)
{
    private readonly byte[] _metadataName = new byte[64];
    private int _metadataNameLength;
    private Field _field;
    private int _depth;
    private bool _inMetadata;
    private bool _isListing;
    private bool _isEncoded;
    private byte[] _name = [];
    private long _size;
    private UnixTime? _modified;
    private string? _etag;
    private ReadOnlyMemory<byte>? _md5;
    private string? _obstacle;
    private PosixMetadata.Reading _posix;

    private enum Field
    {
        None,
        Name,
        Size,
        Modified,
        ETag,
        Md5,
        Kind,
        Metadata,
        NextMarker,
    }

    public List<Entry> Entries { get; } = new(itemsMax);

    /// <summary>The entries that are <see cref="SlashMarker"/>s, in the order of the listing; null for none.</summary>
    public List<Entry>? Markers { get; private set; }

    public string NextMarker { get; private set; } = "";

    /// <summary>True once the document's last element has closed, when it is a listing: what a proxy says in its place is none.</summary>
    public bool IsWhole { get; private set; }

    /// <summary>Reads the whole document.</summary>
    public async ValueTask FillAsync(Stream stream, CancellationToken cancel)
    {
        using var xml = new Utf8XmlReader(stream);
        do
        {
            ReadBuffered(xml);
        }
        while (await xml.FillAsync(cancel));
    }

    private void ReadBuffered(Utf8XmlReader xml)
    {
        for (var token = xml.Read(); token is not XmlToken.NeedsMore; token = xml.Read())
        {
            switch (token)
            {
                case XmlToken.Start:
                    _depth++;
                    Start(xml);
                    break;
                case XmlToken.Text:
                    Text(xml.Text);
                    break;
                default:
                    _depth--;
                    End();
                    break;
            }
        }
    }

    // EnumerationResults 1 > Blobs 2 > Blob 3 > Name, Properties, Metadata 4 > their fields 5; NextMarker is at 2.
    private void Start(Utf8XmlReader xml)
    {
        var name = xml.Name;
        if (_depth == 5 && _inMetadata)
        {
            _field = name.Length <= _metadataName.Length ? Field.Metadata : Field.None;
            _metadataNameLength = Math.Min(name.Length, _metadataName.Length);
            name[.._metadataNameLength].CopyTo(_metadataName);
            return;
        }

        _isListing |= _depth == 1 && name.SequenceEqual("EnumerationResults"u8);
        _field = _depth switch
        {
            2 when name.SequenceEqual("NextMarker"u8) => Field.NextMarker,
            4 when name.SequenceEqual("Name"u8) => Field.Name,
            5 => PropertyOf(name),
            _ => Field.None,
        };
        _inMetadata = _depth == 4 ? name.SequenceEqual("Metadata"u8) : _inMetadata;
        _isEncoded = _field is Field.Name && xml.Attributes.IndexOf("Encoded=\"true\""u8) >= 0;
    }

    private static Field PropertyOf(ReadOnlySpan<byte> name) => name switch
    {
        _ when name.SequenceEqual("Content-Length"u8) => Field.Size,
        _ when name.SequenceEqual("Last-Modified"u8) => Field.Modified,
        _ when name.SequenceEqual("Content-MD5"u8) => Field.Md5,
        _ when name.SequenceEqual("BlobType"u8) => Field.Kind,
        _ when System.Text.Ascii.EqualsIgnoreCase(name, "etag"u8) => Field.ETag,
        _ => Field.None,
    };

    private void Text(ReadOnlySpan<byte> text)
    {
        switch (_field)
        {
            case Field.Name:
                _name = NameOf(text);
                break;
            case Field.Size:
                _ = Utf8Parser.TryParse(text, out _size, out _);
                break;
            case Field.Modified:
                _modified = Utf8Parser.TryParse(text, out DateTimeOffset at, out _, 'R') ? new UnixTime(at.ToUnixTimeSeconds(), 0) : null;
                break;
            case Field.ETag:
                _etag = text is [(byte)'"', ..] ? Encoding.ASCII.GetString(text) : $"\"{Encoding.ASCII.GetString(text)}\"";
                break;
            case Field.Md5:
                var md5 = new byte[16];
                _md5 = Convert.TryFromBase64String(Encoding.ASCII.GetString(text), md5, out var length) && length == 16 ? md5 : null;
                break;
            case Field.Kind:
                _obstacle = BlobKind.ObstacleOf(text);
                break;
            case Field.Metadata:
                _posix.Take(_metadataName.AsSpan(0, _metadataNameLength), text);
                break;
            case Field.NextMarker:
                NextMarker = Encoding.UTF8.GetString(text);
                break;
            default:
                break;
        }
    }

    private void AddEntry()
    {
        var isMarker = SlashMarker.IsOne(_name, _size, _posix);
        if (isMarker)
        {
            _name = _name[..^1];
            _posix.BeFolder();
        }

        var entry = _posix.ToEntry(new EntryPath(_name), _size, _modified, _etag, _md5, _obstacle);
        Entries.Add(entry);
        if (isMarker)
        {
            (Markers ??= []).Add(entry);
        }
    }

    private byte[] NameOf(ReadOnlySpan<byte> text)
    {
        var name = _isEncoded ? Encoding.UTF8.GetBytes(Uri.UnescapeDataString(Encoding.UTF8.GetString(text))).AsSpan() : text;
        return name.Length >= cut ? name[cut..].ToArray() : [];
    }

    private void End()
    {
        _field = Field.None;
        IsWhole = _depth == 0 && _isListing;
        if (_depth == 2)
        {
            // Only the marker of the root itself has no name below it.
            if (_name.Length > 0)
            {
                AddEntry();
            }

            _name = [];
            (_size, _modified, _etag, _md5, _obstacle, _posix, _inMetadata) = (0, null, null, null, null, default, false);
        }
    }
}
