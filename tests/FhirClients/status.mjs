// The status of the newest answer, whichever way a client asks: by fetch (undici) or by node:http.
import diagnostics from 'node:diagnostics_channel';

let last = 0;
diagnostics.subscribe('undici:request:headers', ({ response }) => { last = response.statusCode; });
diagnostics.subscribe('http.client.response.finish', ({ response }) => { last = response.statusCode; });

export const lastStatus = () => last;
