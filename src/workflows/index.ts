/** The bundle's only entry. */
export { runPass } from './run-pass';
