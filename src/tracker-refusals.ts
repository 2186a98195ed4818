/** What Google said, in words for a person, with what to do next. */
import type { GoogleError } from './clients/google-error';
import { FlowError } from './flow/errors';
import type { SheetIdentity } from './tracker-sheets';

const AGAIN = 'then type the same command again: what is written already is not written twice';

export function googleRefusal(error: GoogleError, { spreadsheet, email, keyFile }: SheetIdentity): FlowError {
  const said = error.message ? ` (Google: ${error.message})` : '';
  const refused = (message: string, next: readonly string[]): FlowError =>
    new FlowError('Tracker.Refused', message + said, 6, next, { cause: error });
  const { status } = error;
  if (status === null || status === 429 || status >= 500) {
    const what =
      status === null
        ? 'Google can not be reached'
        : status === 429
          ? 'Google is asked too much at the moment'
          : 'Google has trouble of its own';
    const first = status === null ? 'Check the network' : 'Wait a minute';
    return new FlowError(
      'Tracker.Unreachable',
      `${what}, so the tracker is not up to date${said}`,
      4,
      [`${first}, ${AGAIN}.`],
      { cause: error },
    );
  }
  if (status === 401 || error.stage === 'token') {
    return refused(`Google does not accept the key in ${keyFile}`, [
      'Check that the clock of this machine is right.',
      'If it is, the key was deleted: make a new one for the service account in the Google Cloud console, save it there (chmod 600).',
    ]);
  }
  if (status === 403 && /not been used|disabled|SERVICE_DISABLED/i.test(error.message)) {
    return refused("The service account's Google Cloud project may not use Google Sheets yet", [
      `Enable the Google Sheets API for it, wait some minutes, ${AGAIN}.`,
    ]);
  }
  if (status === 403) {
    return refused(`${email} may not change the spreadsheet`, [
      `Open it, choose Share, add ${email} as an editor, ${AGAIN}.`,
      'When it is shared already: the tab or some cells are protected; let the account edit them.',
    ]);
  }
  if (status === 404) {
    return new FlowError(
      'Usage',
      `There is no spreadsheet ${spreadsheet}${said}`,
      2,
      ['Correct NBFLOW_TRACKER_SPREADSHEET: the part of its address between /d/ and /edit, or the whole address.'],
      { cause: error },
    );
  }
  return refused('Google did not take what was to be written into the spreadsheet', [
    'Check that it is a spreadsheet of Google Sheets, not an uploaded Excel file.',
    'Without it: take NBFLOW_TRACKER_SPREADSHEET away, and the tracker is kept as CSV files.',
  ]);
}
