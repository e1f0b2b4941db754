using System.Buffers;
using System.Globalization;
using System.Net;
using System.Text;
using Mover.Transfer.Contract;

namespace Mover.Volumes.AzureBlob;

/// <summary>A blob on its way in blocks. Source: "Put Block", "Put Block List" and "Get Block List" of the Blob service's REST
/// reference.</summary>
internal sealed class BlobBlockWriter : IBlockWriter
{
    private const int TokenCharacters = 32;

    private readonly BlobClient _client;
    private readonly Entry _source;
    private readonly string _name;
    private readonly long _blockBytes;
    private readonly string _token;

    public BlobBlockWriter(BlobClient client, Entry source, string escapedName, long blockBytes, string token)
    {
        _client = client;
        _source = source;
        _name = escapedName;
        _blockBytes = blockBytes;
        _token = token.PadRight(TokenCharacters, '0');
    }

    /// <inheritdoc/>
    public async ValueTask WriteAsync(int index, ReadOnlyMemory<byte> content, ulong crc64, CancellationToken cancel)
    {
        var call = new BlobCall(HttpMethod.Put, _name, $"comp=block&blockid={IdOf(index)}") { Content = content };
        var digest = BlobDigest.Format(crc64);
        call.Add(BlobDigest.Crc64Header, digest);
        using var answer = await _client.SendAsync(call, cancel);
        BlobDigest.Check(answer, digest, _name);
    }

    /// <inheritdoc/>
    public async ValueTask<IReadOnlySet<int>> FindWrittenAsync(CancellationToken cancel)
    {
        var found = new HashSet<int>();
        var call = new BlobCall(HttpMethod.Get, _name, "comp=blocklist&blocklisttype=uncommitted") { AnswerBytes = 16 * 1024 * 1024 };
        using var answer = await _client.SendAsync(call, cancel, HttpStatusCode.NotFound);
        if (answer.IsSuccessStatusCode)
        {
            await _client.ReadStreamAsync(call, answer, (stream, stop) => ReadBlocksAsync(stream, found, stop), cancel);
        }

        return found;
    }

    /// <summary>
    /// Blocks are named as the latest of their ids, not as uncommitted ones: when the answer to a commit is lost, the same list can be sent
    /// again, although the blocks are committed by then. The ids are this attempt's own, so that no other block can be meant.
    /// </summary>
    /// <inheritdoc/>
    public async ValueTask CommitAsync(int blockCount, PutOptions options, CancellationToken cancel)
    {
        var list = new ArrayBufferWriter<byte>(128 + (blockCount * 80));
        list.Write("<?xml version=\"1.0\" encoding=\"utf-8\"?><BlockList>"u8);
        for (var index = 0; index < blockCount; index++)
        {
            list.Write("<Latest>"u8);
            Encoding.ASCII.GetBytes(IdOf(index), list);
            list.Write("</Latest>"u8);
        }

        list.Write("</BlockList>"u8);
        var call = new BlobCall(HttpMethod.Put, _name, "comp=blocklist") { Content = list.WrittenMemory };
        call.Add("x-ms-blob-content-type", AzureBlobVolume.ContentType);
        if (options.ContentMd5 is { } md5)
        {
            call.Add("x-ms-blob-content-md5", Convert.ToBase64String(md5.Span));
        }

        PosixMetadata.AddTo(call, _source, options.PreserveMetadata);
        await _client.CallAsync(call, cancel);
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    // All ids of a blob have the same length; base64 of these characters never has a plus, a slash or padding, so URLs take it as it is.
    private string IdOf(int index) =>
        Convert.ToBase64String(Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{_token}{index:D7}")));

    private async ValueTask ReadBlocksAsync(Stream stream, HashSet<int> found, CancellationToken cancel)
    {
        using var xml = new Utf8XmlReader(stream);
        var (isId, isSize, index) = (false, false, -1);
        do
        {
            for (var token = xml.Read(); token is not XmlToken.NeedsMore; token = xml.Read())
            {
                if (token is XmlToken.Text)
                {
                    index = isId ? IndexOf(xml.Text) : index;
                    if (isSize && index >= 0 && IsWholeBlock(index, xml.Text))
                    {
                        found.Add(index);
                    }
                }

                isId = token is XmlToken.Start && xml.Name.SequenceEqual("Name"u8);
                isSize = token is XmlToken.Start && xml.Name.SequenceEqual("Size"u8);
            }
        }
        while (await xml.FillAsync(cancel));
    }

    private int IndexOf(ReadOnlySpan<byte> id)
    {
        Span<byte> text = stackalloc byte[TokenCharacters + 7];
        return Convert.TryFromBase64String(Encoding.ASCII.GetString(id), text, out var length)
            && length == text.Length
            && Encoding.ASCII.GetString(text[..TokenCharacters]) == _token
            && int.TryParse(text[TokenCharacters..], NumberStyles.None, CultureInfo.InvariantCulture, out var index)
                ? index
                : -1;
    }

    private bool IsWholeBlock(int index, ReadOnlySpan<byte> size) =>
        long.TryParse(size, NumberStyles.None, CultureInfo.InvariantCulture, out var bytes)
        && bytes == Math.Min(_blockBytes, _source.SizeBytes - (index * _blockBytes));
}
